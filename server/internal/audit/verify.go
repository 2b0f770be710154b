package audit

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// A Source gives back what was stored, in order.
type Source interface {
	// AuditRecords gives up to limit records from an index on, by index.
	AuditRecords(ctx context.Context, from int64, limit int) ([]Record, error)
	// AuditHashes gives up to limit stored hashes from a storage index on.
	AuditHashes(ctx context.Context, from int64, limit int) ([]tlog.Hash, error)
}

// ErrAltered says that the log is not what was once recorded.
var ErrAltered = errors.New("the audit log was altered")

// A BadRecord names the first record that is not what was once recorded.
type BadRecord struct {
	Index int64
	Why   string
}

// Error tells which record and what is wrong with it.
func (b *BadRecord) Error() string {
	return fmt.Sprintf("audit record %d is not what was recorded: %s", b.Index, b.Why)
}

// Is says that a bad record means an altered log.
func (b *BadRecord) Is(target error) bool { return target == ErrAltered }

const verifyBatch = 1000

// Verify recomputes the whole log from its records and compares it with the
// hashes that were stored when each record was made. It gives the tree as it
// is, or a BadRecord. With trees kept elsewhere it also tells a log that was
// rewritten together with its hashes.
func Verify(ctx context.Context, src Source, kept ...Tree) (Tree, error) {
	var computed memory
	var next int64
	for {
		records, err := src.AuditRecords(ctx, next, verifyBatch)
		if err != nil {
			return Tree{}, fmt.Errorf("read audit records from %d on: %w", next, err)
		}
		if len(records) == 0 {
			break
		}
		first := next
		for _, r := range records {
			if r.Index != next {
				return Tree{}, &BadRecord{next, fmt.Sprintf("it is missing; the next one there is %d", r.Index)}
			}
			more, err := Append(r, computed)
			if err != nil {
				return Tree{}, &BadRecord{next, err.Error()}
			}
			computed = append(computed, more...)
			next++
		}
		if err := compare(ctx, src, computed, first, next); err != nil {
			return Tree{}, err
		}
	}
	if err := noMore(ctx, src, next); err != nil {
		return Tree{}, err
	}
	if err := holdKept(computed, next, kept); err != nil {
		return Tree{}, err
	}
	return TreeOf(next, computed)
}

// compare holds the hashes of records first..next-1 against the stored ones.
func compare(ctx context.Context, src Source, computed memory, first, next int64) error {
	from, to := tlog.StoredHashCount(first), tlog.StoredHashCount(next)
	n := first // the record that brought the hash at from
	for from < to {
		for tlog.StoredHashCount(n+1) <= from {
			n++
		}
		stored, err := src.AuditHashes(ctx, from, int(min(to-from, verifyBatch)))
		if err != nil {
			return fmt.Errorf("read the hashes of audit records from %d on: %w", first, err)
		}
		if len(stored) == 0 {
			return &BadRecord{n, "its hash is missing"}
		}
		for i, h := range stored {
			at := from + int64(i)
			for tlog.StoredHashCount(n+1) <= at {
				n++
			}
			if h != computed[at] {
				return &BadRecord{n, fmt.Sprintf("its stored hash is %s, but what is recorded now hashes to %s", h, computed[at])}
			}
		}
		from += int64(len(stored))
	}
	return nil
}

// noMore tells a log whose last records were cut off: their hashes are left over.
func noMore(ctx context.Context, src Source, size int64) error {
	rest, err := src.AuditHashes(ctx, tlog.StoredHashCount(size), 1)
	if err != nil {
		return fmt.Errorf("read the hashes after the last audit record: %w", err)
	}
	if len(rest) > 0 {
		return &BadRecord{size, "it is missing, though its hash is there: the end of the log was cut off"}
	}
	return nil
}

func holdKept(computed memory, size int64, kept []Tree) error {
	for _, k := range kept {
		if k.Size > size {
			return &BadRecord{size, fmt.Sprintf("the log once had %d records and has %d now", k.Size, size)}
		}
		now, err := TreeOf(k.Size, computed)
		if err != nil {
			return err
		}
		if now.Root != k.Root {
			return fmt.Errorf("%w: its first %d records are not those the kept root %s stands for; they hash to %s now, so it was rewritten together with its hashes",
				ErrAltered, k.Size, k.Root, now.Root)
		}
	}
	return nil
}

// memory is a tree's stored hashes, held in memory: 64 bytes a record.
type memory []tlog.Hash

// ReadHashes gives hashes by storage index, as tlog.HashReader.
func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(m)) {
			return nil, fmt.Errorf("no hash %d", at)
		}
		hashes[i] = m[at]
	}
	return hashes, nil
}
