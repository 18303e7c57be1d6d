// Command live reads create, query or certificates, one to a line, and prints what came of it as JSON.
package main

import (
	"bufio"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/ogen-go/ogen/ogenerrors"

	"cross/api"
	"cross/wechatpay"
)

func main() {
	preferred := setting("PUBLIC_KEY_ID")
	signed := wechatpay.Client{
		HTTP: &http.Client{Timeout: 10 * time.Second},
		Merchant: wechatpay.Merchant{
			Mchid:    setting("MCHID"),
			SerialNo: setting("SERIAL_NO"),
			Key:      must(x509.ParsePKCS8PrivateKey(block("PRIVATE_KEY"))).(*rsa.PrivateKey),
		},
		Trusted: wechatpay.TrustedKeys{}.Add(preferred,
			must(x509.ParsePKIXPublicKey(block("PUBLIC_KEY"))).(*rsa.PublicKey)),
		Preferred: preferred,
		Backup:    must(url.Parse(setting("BACKUP_URL"))).Host,
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var found any = map[string]any{"certificates": true}
		if lines.Text() == "certificates" {
			signed.Trusted = must(signed.Certificates(setting("BASE_URL"), []byte(setting("API_V3_KEY"))))
		} else {
			found = told(call(must(api.NewClient(setting("BASE_URL"), api.WithClient(signed))), lines.Text()))
		}
		fmt.Println(string(must(json.Marshal(found))))
	}
}

func call(client *api.Client, name string) (any, error) {
	refund, sub := setting("REFUND_ID"), api.SubMchid(setting("SUB_MCHID"))
	if name == "create" {
		return client.CreateReturnAdvance(context.Background(),
			&api.CreateReturnAdvanceRequest{SubMchid: sub}, api.CreateReturnAdvanceParams{RefundID: refund})
	}
	return client.QueryReturnAdvance(context.Background(),
		api.QueryReturnAdvanceParams{RefundID: refund, SubMchid: sub})
}

// After lost, unreadable, other_refund and reason the outcome of a create is unknown: query.
func told(response any, err error) any {
	var reason wechatpay.Untrusted
	var refused *wechatpay.Error
	var lost wechatpay.Lost
	var unreadable *ogenerrors.DecodeBodyError
	switch {
	case errors.As(err, &reason):
		return map[string]any{"reason": string(reason)}
	case errors.As(err, &refused):
		return map[string]any{"status": refused.Status, "code": refused.Code, "verified": refused.Verified}
	case errors.As(err, &lost):
		return map[string]any{"lost": true}
	case errors.As(err, &unreadable), errors.Is(err, wechatpay.ErrNotUTF8):
		return map[string]any{"unreadable": true}
	}
	must(0, err)
	// Created and queried responses have types of their own, around the same model.
	var result *api.ReturnAdvance
	switch found := response.(type) {
	case *api.CreatedReturnAdvanceHeaders:
		result = &found.Response
	case *api.QueriedReturnAdvanceHeaders:
		result = &found.Response
	}
	// Signatures do not cover the URL: only this tells whether the response belongs to the call.
	if result.RefundID != setting("REFUND_ID") {
		return map[string]any{"other_refund": result.RefundID}
	}
	return result
}

func setting(name string) string {
	value, given := os.LookupEnv("WECHATPAY_" + name)
	if !given {
		log.Fatalf("WECHATPAY_%s is not set", name)
	}
	return value
}

func block(name string) []byte {
	found, _ := pem.Decode(must(os.ReadFile(setting(name))))
	return found.Bytes
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
