package parse

import (
	"encoding/binary"
	"testing"
)

const taskOfATool = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>DESK\anna</Author><URI>\Tool</URI></RegistrationInfo>
  <Triggers>
    <LogonTrigger><Enabled>false</Enabled></LogonTrigger>
    <BootTrigger />
  </Triggers>
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings><Enabled>true</Enabled><Hidden>true</Hidden></Settings>
  <Actions Context="Author"><Exec><Command>"C:\Program Files\Tool\tool.exe"</Command><Arguments>--unattended</Arguments></Exec></Actions>
</Task>`

func TestParseTask(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Task
	}{
		"as Windows writes it": {taskOfATool, Task{Command: `"C:\Program Files\Tool\tool.exe"`, Arguments: "--unattended", Enabled: true, System: true}},
		"switched off":         {`<Task><Triggers><BootTrigger/></Triggers><Settings><Enabled>false</Enabled></Settings><Actions><Exec><Command>a.exe</Command></Exec></Actions></Task>`, Task{Command: "a.exe"}},
		"nothing prompts it":   {`<Task><Triggers/><Actions><Exec><Command>a.exe</Command></Exec></Actions></Task>`, Task{Command: "a.exe"}},
		"its triggers are off": {`<Task><Triggers><LogonTrigger><Enabled>0</Enabled></LogonTrigger></Triggers></Task>`, Task{}},
		"of a group of people": {`<Task><Triggers><LogonTrigger/></Triggers><Principals><Principal><GroupId>S-1-5-32-545</GroupId></Principal></Principals></Task>`, Task{Enabled: true}},
		"of a part of Windows": {`<Task><Triggers><TimeTrigger/></Triggers><Principals><Principal><UserId>NT AUTHORITY\LOCAL SERVICE</UserId></Principal></Principals><Actions><ComHandler><ClassId>{1}</ClassId></ComHandler></Actions></Task>`, Task{Enabled: true, System: true}},
	} {
		for form, b := range map[string][]byte{"UTF-8": []byte(c.text), "UTF-16": wideText(binary.LittleEndian, c.text)} {
			if got, err := ParseTask(b); err != nil || got != c.want {
				t.Errorf("%s in %s: %+v, error %v, want %+v", name, form, got, err, c.want)
			}
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "no task": []byte("<Job/>"), "cut short": []byte(taskOfATool[:300]), "too long": make([]byte, settingsMaximum+1)} {
		if got, err := ParseTask(b); err == nil {
			t.Errorf("%s is read as %+v", name, got)
		}
	}
}

func FuzzParseTask(f *testing.F) {
	f.Add([]byte(taskOfATool))
	f.Add(wideText(binary.LittleEndian, taskOfATool))
	f.Fuzz(func(t *testing.T, b []byte) {
		if task, err := ParseTask(b); err != nil && task != (Task{}) {
			t.Errorf("%+v beside %v", task, err)
		}
	})
}
