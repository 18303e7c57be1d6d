// Command live creates once and queries as often as told, one JSON line each.
package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"

	"cross/api"
	"cross/wechatpay"
)

func main() {
	preferred := setting("PUBLIC_KEY_ID")
	client := must(api.NewClient(setting("BASE_URL"), api.WithClient(wechatpay.Client{
		Merchant: wechatpay.Merchant{
			Mchid:    setting("MCHID"),
			SerialNo: setting("SERIAL_NO"),
			Key:      must(x509.ParsePKCS8PrivateKey(block("PRIVATE_KEY"))).(*rsa.PrivateKey),
		},
		Trusted: wechatpay.TrustedKeys{}.Add(preferred,
			must(x509.ParsePKIXPublicKey(block("PUBLIC_KEY"))).(*rsa.PublicKey)),
		Preferred: preferred,
	})))
	refund, sub := setting("REFUND_ID"), api.SubMchid(setting("SUB_MCHID"))
	created, err := client.CreateReturnAdvance(context.Background(),
		&api.CreateReturnAdvanceRequest{SubMchid: sub}, api.CreateReturnAdvanceParams{RefundID: refund})
	say(created, err)
	for range must(strconv.Atoi(os.Args[1])) {
		queried, err := client.QueryReturnAdvance(context.Background(),
			api.QueryReturnAdvanceParams{RefundID: refund, SubMchid: sub})
		say(queried, err)
	}
}

func say(reply any, err error) {
	var reason wechatpay.Untrusted
	var refused *wechatpay.Error
	switch {
	case errors.As(err, &reason):
		reply = map[string]any{"reason": string(reason)}
	case errors.As(err, &refused):
		reply = map[string]any{"status": refused.Status, "code": refused.Code}
	default:
		must(0, err)
		// Created and queried replies have types of their own, around the same model.
		switch found := reply.(type) {
		case *api.CreatedReturnAdvanceHeaders:
			reply = &found.Response
		case *api.QueriedReturnAdvanceHeaders:
			reply = &found.Response
		}
	}
	fmt.Println(string(must(json.Marshal(reply))))
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
