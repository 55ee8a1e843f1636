# shellcheck shell=bash disable=SC2154
# Certificates of a services directory: an authority of its own, and one for localhost that both servers show. Sourced by
# scripts/services.

# Made under another name first: a start that was cut short leaves nothing that looks finished.
make_certificates() {
  if [[ -s $dir/tls/ca.pem ]]; then return 0; fi
  local new=$dir/tls.new key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  rm -rf "$new"
  mkdir -m 700 "$new"
  (
    umask 077
    exec 2> "$data/log/openssl.log"
    openssl req -x509 "${key[@]}" -days 3650 -subj "/CN=musterd services $id" -keyout "$new/ca.key" -out "$new/ca.pem" \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
    openssl req "${key[@]}" -subj /CN=localhost -keyout "$new/server.key" -out "$new/server.csr"
    openssl x509 -req -in "$new/server.csr" -days 3650 -CA "$new/ca.pem" -CAkey "$new/ca.key" -CAcreateserial \
      -extfile <(echo subjectAltName=DNS:localhost,IP:127.0.0.1) -out "$new/server.pem"
  ) || { cat "$data/log/openssl.log" >&2; die "no certificates could be made"; }
  rm -rf "$dir/tls"
  mv "$new" "$dir/tls"
}
