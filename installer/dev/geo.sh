#!/usr/bin/env bash
# Fetches public data about networks and countries, by pinned version and hash,
# and compiles it for the collector into var/geo. It never goes into git.
#
# The data, as its packages say themselves:
# - @ip-location-db/asn: CC BY 4.0 by DB-IP, RouteViews and the NRO. Pages that show
#   results link to DB-IP.com, and name routeviews.org and nro.net.
# - @ip-location-db/geo-whois-asn-country: package.json says CC0-1.0, its README and
#   NRO_LICENSE say CC BY 4.0 by the NRO. It is treated as the latter.
# Both READMEs say that the npm packages are known to hold errors and are no longer
# renewed; the collector calls what follows from them weak evidence for that reason.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${GEO_DIR:-$PWD/var/geo}
version=2.3.2026061719 day=2026-06-17
declare -A sums=(
  [asn]=b9425daf2f011c28f8586685d4f89166e77627e2c15fd93c6262c3e2dead6153
  [geo-whois-asn-country]=2a3e609015884c93c2d398e777ce1d2d34cab026054c43559bff32b25669f606
)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

for name in asn geo-whois-asn-country; do
  echo "fetching @ip-location-db/$name $version …"
  (cd "$work" && npm pack --silent --ignore-scripts "@ip-location-db/$name@$version" >/dev/null)
  file=$work/ip-location-db-$name-$version.tgz
  sum=$(sha256sum "$file" | cut -d' ' -f1)
  if [ "$sum" != "${sums[$name]}" ]; then
    echo "@ip-location-db/$name $version is not what was pinned: its SHA-256 is $sum, not ${sums[$name]}; nothing was changed" >&2
    exit 1
  fi
  mkdir -p "$work/$name"
  tar -xzf "$file" -C "$work/$name" --strip-components=1 --no-same-owner
done
# What the attribution below rests on: another licence needs another look.
for said in asn/DBIP-LICENSE asn/ROUTEVIEWS-LICENSE asn/NRO_LICENSE geo-whois-asn-country/NRO_LICENSE; do
  grep -q 'Creative Commons Attribution 4.0' "$work/$said" || { echo "$said no longer says CC BY 4.0: read it before using the data" >&2; exit 1; }
done

make() { go run ./server/internal/place/geomake -out "$out" -version "$version" -at "$day" "$@"; }
make -kind networks.places -name @ip-location-db/asn -licence 'CC-BY-4.0' \
  -attribution 'Networks: IP Geolocation by DB-IP (https://db-ip.com), with data of RouteViews (routeviews.org) and the NRO (nro.net), CC BY 4.0, changed in form.' \
  "$work/asn/asn-ipv4.csv" "$work/asn/asn-ipv6.csv"
make -kind countries.places -name @ip-location-db/geo-whois-asn-country -licence 'CC-BY-4.0 (its package.json: CC0-1.0)' \
  -attribution 'Countries: ip-location-db, with data of the NRO (nro.net), CC BY 4.0, changed in form.' \
  "$work/geo-whois-asn-country/geo-whois-asn-country-ipv4.csv" "$work/geo-whois-asn-country/geo-whois-asn-country-ipv6.csv"
for said in asn/DBIP-LICENSE asn/ROUTEVIEWS-LICENSE asn/NRO_LICENSE asn/MODIFICATIONS geo-whois-asn-country/NRO_LICENSE; do
  printf '== %s\n%s\n\n' "$said" "$(cat "$work/$said")"
done > "$out/LICENCES"
make -look 9.9.9.9
echo "the collector reads them from the folder geo in its state folder, or from geo_dir of its configuration: cp -r $out STATE/"
