#!/bin/sh
# Makes the throw-away keys and certificates in keys/ with openssl.
#
# It was run once. The keys are random, so running it again would change every signature in
# every file; it therefore refuses to overwrite. Kept so that anyone can see how they arose.
set -eu
cd "$(dirname "$0")/keys"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

new_key() { # name, bits
    [ ! -e "$1.key.pem" ] || { echo "$1.key.pem exists; keys are never replaced" >&2; exit 1; }
    openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.key.pem"
    openssl pkey -in "$1.key.pem" -pubout -out "$1.pub.pem"
}

# `openssl ca` is the one command that sets both a serial number and fixed dates.
new_certificate() { # name, serial in hexadecimal, key file, hash
    key=${3:-$1.key.pem}
    : > "$scratch/index"
    echo "$2" > "$scratch/serial"
    cat > "$scratch/ca.cnf" <<END
[ca]
default_ca = vectors
[vectors]
database = $scratch/index
serial = $scratch/serial
new_certs_dir = $scratch
default_md = ${4:-sha256}
policy = any
x509_extensions = leaf
[leaf]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
[any]
organizationName = supplied
commonName = supplied
END
    openssl req -new -key "$key" -subj "/O=TEST ONLY/CN=vectors $1" -out "$scratch/csr"
    openssl ca -batch -selfsign -notext -config "$scratch/ca.cnf" -keyfile "$key" \
        -startdate 20240101000000Z -enddate 20490101000000Z \
        -in "$scratch/csr" -out "$1.cert.pem"
}

new_key merchant 2048
new_key platform_a 2048
new_certificate platform_a 7A3C91D2E45B60F81729C4AB53DE06881B9F2E75
new_key platform_b 2048
new_certificate platform_b 0B4E27F6913AD85C70E1628B9D3F45AC017E86D3 # leading zero, on purpose
new_key platform_public_key 2048
new_key stranger 2048
new_key weak 1024

# Certificates of other kinds of key, under the serial of platform_a; their private keys are gone.
other_certificate() { # name, hash, options of genpkey
    [ ! -e "$1.cert.pem" ] || { echo "$1.cert.pem exists" >&2; exit 1; }
    name=$1 hash=$2
    shift 2
    openssl genpkey "$@" -out "$scratch/$name.key.pem"
    new_certificate "$name" 7A3C91D2E45B60F81729C4AB53DE06881B9F2E75 "$scratch/$name.key.pem" "$hash"
}
other_certificate curve sha256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
other_certificate sm2 sm3 -algorithm EC -pkeyopt ec_paramgen_curve:SM2
other_certificate edwards default -algorithm ED25519
