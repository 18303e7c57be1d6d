// Package wechatpay speaks WeChat Pay APIv3 with the standard library alone: sign requests, verify
// responses, open certificates, read errors. Copy it and go; spec/openapi.yaml
// (x-wechatpay-signature) says what it does and why.
package wechatpay

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const scheme, tolerance = "WECHATPAY2-SHA256-RSA2048", 300

// Untrusted is the stable reason why a response or a certificate must not be used.
type Untrusted string

func (reason Untrusted) Error() string { return "not trusted: " + string(reason) }

// RequestMessage is the text to sign; url is path and query exactly as sent.
func RequestMessage(method, url, timestamp, nonce string, body []byte) []byte {
	return lines(body, strings.ToUpper(method), url, timestamp, nonce)
}

func lines(body []byte, head ...string) []byte {
	return append(append([]byte(strings.Join(head, "\n")+"\n"), body...), '\n')
}

// Merchant is who calls; SerialNo is that of the merchant API certificate.
type Merchant struct {
	Mchid, SerialNo string
	Key             *rsa.PrivateKey
}

// Authorization is the value of that header.
func (m Merchant) Authorization(method, url, timestamp, nonce string, body []byte) (string, error) {
	digest := sha256.Sum256(RequestMessage(method, url, timestamp, nonce, body))
	signature, err := rsa.SignPKCS1v15(rand.Reader, m.Key, crypto.SHA256, digest[:])
	return fmt.Sprintf(`%s mchid="%s",nonce_str="%s",signature="%s",timestamp="%s",serial_no="%s"`, scheme,
		m.Mchid, nonce, base64.StdEncoding.EncodeToString(signature), timestamp, m.SerialNo), err
}

// TrustedKeys are the platform's, by Wechatpay-Serial; fill it through Add.
type TrustedKeys map[string]*rsa.PublicKey

var certificateSerial, digits = regexp.MustCompile(`^[0-9A-Fa-f]{1,40}$`), regexp.MustCompile(`^[0-9]+$`)

// index makes certificate serials comparable as numbers; public key ids are texts.
func index(serial string) string {
	if certificateSerial.MatchString(serial) {
		return strings.TrimLeft(strings.ToUpper(serial), "0")
	}
	return serial
}

// Add trusts a key and returns the map.
func (keys TrustedKeys) Add(serial string, key *rsa.PublicKey) TrustedKeys {
	keys[index(serial)] = key
	return keys
}

// Verify says whether a signature verified the response; with an error the response must not be used.
func (keys TrustedKeys) Verify(status int, headers http.Header, body []byte, now time.Time) (bool, error) {
	// All values of a header that came twice, of which Get would see the first only.
	get := func(name string) string { return strings.Join(headers.Values("Wechatpay-"+name), ", ") }
	timestamp, nonce, signature, serial := get("Timestamp"), get("Nonce"), get("Signature"), get("Serial")
	kind := get("Signature-Type")
	if status/100 != 2 && timestamp+nonce+signature+serial == "" {
		return false, nil
	}
	if timestamp == "" || nonce == "" || signature == "" || serial == "" {
		return false, Untrusted("missing_signature")
	}
	if strings.Contains(strings.Join([]string{timestamp, nonce, signature, serial, kind}, "\n"), ", ") {
		return false, Untrusted("missing_signature")
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || !digits.MatchString(timestamp) || max(now.Unix()-seconds, seconds-now.Unix()) > tolerance {
		return false, Untrusted("expired_timestamp")
	}
	if kind != "" && kind != scheme {
		return false, Untrusted("unsupported_signature_type")
	}
	if strings.Contains(nonce, "\n") { // moves a boundary of the message
		return false, Untrusted("invalid_signature")
	}
	key, known := keys[index(serial)]
	if !known {
		return false, Untrusted("unknown_serial")
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	digest := sha256.Sum256(lines(body, timestamp, nonce))
	if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) != nil {
		return false, Untrusted("invalid_signature")
	}
	return true, nil
}

// Sealed is encrypt_certificate of GET /v3/certificates.
type Sealed struct{ Algorithm, Nonce, Ciphertext, AssociatedData *string }

// UnmarshalJSON takes names as they are; encoding/json alone takes Nonce for nonce, too.
func (sealed *Sealed) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	err := json.Unmarshal(text, &members)
	for name, member := range map[string]**string{"algorithm": &sealed.Algorithm, "nonce": &sealed.Nonce,
		"ciphertext": &sealed.Ciphertext, "associated_data": &sealed.AssociatedData} {
		if raw, given := members[name]; given && err == nil {
			err = json.Unmarshal(raw, member)
		}
	}
	return err
}

// Decrypt opens it with the APIv3 key.
func (sealed Sealed) Decrypt(key []byte) ([]byte, error) {
	if len(key) != 32 {
		return nil, Untrusted("invalid_key_length")
	}
	if sealed.Algorithm == nil || sealed.Nonce == nil || sealed.Ciphertext == nil {
		return nil, Untrusted("malformed_entry")
	}
	if *sealed.Algorithm != "AEAD_AES_256_GCM" {
		return nil, Untrusted("unsupported_algorithm")
	}
	text, err := base64.StdEncoding.DecodeString(*sealed.Ciphertext)
	if err != nil || len(text) < 16 {
		return nil, Untrusted("malformed_entry")
	}
	block, _ := aes.NewCipher(key) // fails for other lengths only
	gcm, err := cipher.NewGCMWithNonceSize(block, max(len(*sealed.Nonce), 1))
	if err != nil || len(*sealed.Nonce) == 0 {
		return nil, Untrusted("decryption_failed")
	}
	var associated []byte
	if sealed.AssociatedData != nil {
		associated = []byte(*sealed.AssociatedData)
	}
	if text, err = gcm.Open(nil, []byte(*sealed.Nonce), text, associated); err != nil {
		return nil, Untrusted("decryption_failed")
	}
	return text, nil
}

var oneCertificate = regexp.MustCompile(`^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----\s*$`)

// Open gives text, serial and key of an entry of GET /v3/certificates. The APIv3 key encrypts
// notices, too: nothing but one certificate counts.
func (sealed Sealed) Open(key []byte) ([]byte, string, *rsa.PublicKey, error) {
	text, err := sealed.Decrypt(key)
	if err != nil {
		return nil, "", nil, err
	}
	if sealed.AssociatedData == nil || *sealed.AssociatedData != "certificate" || !oneCertificate.Match(text) {
		return nil, "", nil, Untrusted("not_a_certificate")
	}
	serial, public, err := ReadCertificate(text)
	return text, serial, public, err
}

// ReadCertificate gives serial and key of a PEM certificate.
func ReadCertificate(text []byte) (string, *rsa.PublicKey, error) {
	if block, _ := pem.Decode(text); block != nil && block.Type == "CERTIFICATE" {
		if certificate, err := x509.ParseCertificate(block.Bytes); err == nil {
			if key, is := certificate.PublicKey.(*rsa.PublicKey); is {
				return fmt.Sprintf("%040X", certificate.SerialNumber), key, nil
			}
		}
	}
	return "", nil, Untrusted("not_a_certificate")
}
