// Command vectors prints one JSON line for each vector: what this client makes of it.
package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-faster/jx"

	"cross/api"
	"cross/wechatpay"
)

type group struct {
	Mchid      string
	SerialNo   string  `json:"serial_no"`
	PrivateKey *string `json:"private_key"`
	PublicKey  string  `json:"public_key"`
	Reads      string
	Trusted    []struct {
		Serial      string
		PublicKey   string `json:"public_key"`
		Certificate *string
	}
	Cases []vector
}

type vector struct {
	ID        string
	Signature *string
	Given     struct {
		Method, URL, Timestamp, Nonce string
		Body                          []byte
		Status                        int
		Headers                       map[string]json.RawMessage // a text, or a list of texts
		Now                           int64
		APIV3Key                      []byte          `json:"api_v3_key"`
		EncryptCertificate            json.RawMessage `json:"encrypt_certificate"`
	}
}

type answer map[string]any

func main() {
	each("request_signing", request)
	each("response_verification", response)
	each("certificate_decryption", certificate)
	each("error_bodies", errorBody)
	each("models", model)
}

func each(kind string, say func(group, vector) (answer, error)) {
	var content struct{ Groups []group }
	must(0, json.Unmarshal(read(kind+".json"), &content))
	for _, group := range content.Groups {
		for _, one := range group.Cases {
			found, err := say(group, one)
			var reason wechatpay.Untrusted
			switch {
			case errors.As(err, &reason):
				found = answer{"reason": string(reason)}
			case err != nil:
				found = answer{"error": err.Error()}
			}
			found["id"] = one.ID
			fmt.Println(string(must(json.Marshal(found))))
		}
	}
}

func request(group group, one vector) (answer, error) {
	given := one.Given
	message := wechatpay.RequestMessage(given.Method, given.URL, given.Timestamp, given.Nonce, given.Body)
	found := answer{"message": message}
	if group.PrivateKey != nil {
		key := must(x509.ParsePKCS8PrivateKey(block(*group.PrivateKey))).(*rsa.PrivateKey)
		merchant := wechatpay.Merchant{Mchid: group.Mchid, SerialNo: group.SerialNo, Key: key}
		header, err := merchant.Authorization(given.Method, given.URL, given.Timestamp, given.Nonce, given.Body)
		found["authorization"] = header
		return found, err
	}
	if one.Signature != nil {
		digest := sha256.Sum256(message)
		raw := must(base64.StdEncoding.DecodeString(*one.Signature))
		found["verified"] = rsa.VerifyPKCS1v15(publicKey(group.PublicKey), crypto.SHA256, digest[:], raw) == nil
	}
	return found, nil
}

func response(group group, one vector) (answer, error) {
	trusted := wechatpay.TrustedKeys{}
	for _, entry := range group.Trusted {
		key := publicKey(entry.PublicKey)
		if entry.Certificate != nil {
			_, fromCertificate, err := wechatpay.ReadCertificate(read(*entry.Certificate))
			key = must(fromCertificate, err)
		}
		trusted.Add(entry.Serial, key)
	}
	headers := http.Header{}
	for name, raw := range one.Given.Headers {
		var values []string
		if json.Unmarshal(raw, &values) != nil {
			values = make([]string, 1)
			must(0, json.Unmarshal(raw, &values[0]))
		}
		headers[http.CanonicalHeaderKey(name)] = values
	}
	proven, err := trusted.Verify(one.Given.Status, headers, one.Given.Body, time.Unix(one.Given.Now, 0))
	return answer{"proven": proven}, err
}

func certificate(group group, one vector) (answer, error) {
	var sealed wechatpay.Sealed
	if json.Unmarshal(one.Given.EncryptCertificate, &sealed) != nil {
		return nil, wechatpay.Untrusted("malformed_entry")
	}
	if group.Reads == "text" {
		plaintext, err := sealed.Decrypt(one.Given.APIV3Key)
		return answer{"plaintext": base64.StdEncoding.EncodeToString(plaintext)}, err
	}
	plaintext, serial, _, err := sealed.Open(one.Given.APIV3Key)
	return answer{"plaintext": plaintext, "serial_no": serial}, err
}

func errorBody(_ group, one vector) (answer, error) {
	found := answer{}
	err := json.Unmarshal(must(json.Marshal(wechatpay.ReadError(one.Given.Status, one.Given.Body))), &found)
	return found, err
}

func model(_ group, one vector) (answer, error) {
	if !utf8.Valid(one.Given.Body) { // as wechatpay.Client refuses it
		return nil, errors.New("the response is not UTF-8")
	}
	var read api.ReturnAdvance
	decoder := jx.DecodeBytes(one.Given.Body)
	if err := read.Decode(decoder); err != nil {
		return nil, err
	}
	if err := decoder.Skip(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something behind the object")
	}
	extra := answer{}
	for name, raw := range read.AdditionalProps {
		extra[name] = json.RawMessage(raw)
	}
	found := answer{
		"refund_id": read.RefundID, "advance_return_id": read.AdvanceReturnID,
		"return_amount": strconv.FormatInt(read.ReturnAmount, 10),
		"payer_mchid":   read.PayerMchid, "payer_account": read.PayerAccount,
		"payee_mchid": read.PayeeMchid, "payee_account": read.PayeeAccount,
		"result": read.Result, "extra": extra,
	}
	var instant any
	if at, is := wechatpay.ReadTime(read.SuccessTime.Or("")); is {
		instant = at.UTC().Format(time.RFC3339Nano)
	}
	return answer{"model": found, "success_time_utc": instant}, nil
}

func read(name string) []byte { return must(os.ReadFile(filepath.Join(os.Args[1], name))) }

func block(name string) []byte {
	found, _ := pem.Decode(read(name))
	return found.Bytes
}

func publicKey(name string) *rsa.PublicKey {
	return must(x509.ParsePKIXPublicKey(block(name))).(*rsa.PublicKey)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
