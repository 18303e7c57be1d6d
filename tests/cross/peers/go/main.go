// Command peer is the official SDK's core, unmodified: peer QUERIES REQUESTS
// Creates once, queries as told, then verifies the signed requests of a file; a line for each.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

func main() {
	ctx := context.Background()
	client := must(core.NewClient(ctx, option.WithWechatPayPublicKeyAuthCipher(
		setting("MCHID"), setting("SERIAL_NO"), must(utils.LoadPrivateKeyWithPath(setting("PRIVATE_KEY"))),
		setting("PUBLIC_KEY_ID"), must(utils.LoadPublicKeyWithPath(setting("PUBLIC_KEY"))))))
	path := setting("BASE_URL") + "/v3/ecommerce/refunds/" + setting("REFUND_ID") + "/return-advance"
	sub := setting("SUB_MCHID")
	call(client.Post(ctx, path, map[string]string{"sub_mchid": sub}))
	for range must(strconv.Atoi(os.Args[1])) {
		call(client.Get(ctx, path+"?sub_mchid="+sub))
	}
	requests := strings.TrimSpace(string(must(os.ReadFile(os.Args[2]))))
	for line := range strings.SplitSeq(requests, "\n") {
		var request struct {
			Method, URL, Timestamp, Nonce, Body, Signature, Serial string
			PublicKey                                              string `json:"public_key"`
		}
		must(0, json.Unmarshal([]byte(line), &request))
		verifier := verifiers.NewSHA256WithRSAPubkeyVerifier(
			request.Serial, *must(utils.LoadPublicKeyWithPath(request.PublicKey)))
		message := strings.Join([]string{
			request.Method, request.URL, request.Timestamp, request.Nonce, request.Body, ""}, "\n")
		say(map[string]any{"verified": verifier.Verify(ctx, request.Serial, message, request.Signature) == nil})
	}
}

func call(result *core.APIResult, err error) {
	if err != nil {
		say(map[string]any{"error": err.Error()})
		return
	}
	fmt.Println(string(must(io.ReadAll(result.Response.Body))))
}

func say(answer any) { fmt.Println(string(must(json.Marshal(answer)))) }

func setting(name string) string { return os.Getenv("WECHATPAY_" + name) }

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
