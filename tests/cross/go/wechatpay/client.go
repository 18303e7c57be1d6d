package wechatpay

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

// Error is a reply that is no success; members that are absent or odd are nil.
type Error struct {
	Status   int     `json:"status"`
	Code     *string `json:"code"`
	Message  *string `json:"message"`
	Detail   any     `json:"detail"`
	Field    *string `json:"field"`
	Issue    *string `json:"issue"`
	Location *string `json:"location"`
}

func (e *Error) Error() string {
	if e.Code == nil {
		return fmt.Sprintf("WeChat Pay answered %d", e.Status)
	}
	return fmt.Sprintf("WeChat Pay answered %d %s", e.Status, *e.Code)
}

// ReadError never fails, since an odd body must not hide the status.
func ReadError(status int, body []byte) *Error {
	var content map[string]any
	if !utf8.Valid(body) || json.Unmarshal(body, &content) != nil {
		content = nil
	}
	detail, _ := content["detail"].(map[string]any)
	inner, _ := detail["detail"].(map[string]any)
	issue := text(detail, "issue")
	if issue == nil {
		issue = text(inner, "issue")
	}
	return &Error{status, text(content, "code"), text(content, "message"), content["detail"],
		text(detail, "field"), issue, text(detail, "location")}
}

func text(object map[string]any, name string) *string {
	if value, is := object[name].(string); is {
		return &value
	}
	return nil
}

var offset = regexp.MustCompile(`(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// ReadTime says whether the text is an RFC 3339 time: an odd one must not cost the response.
// time.Parse alone takes an offset of 24 hours.
func ReadTime(text string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil && offset.MatchString(text)
}

// Client signs what it sends and gives back only what it could verify. Generated clients take it
// in place of an http.Client; a reply that is no success comes back as *Error.
type Client struct {
	Merchant  Merchant
	Trusted   TrustedKeys
	Preferred string // key that shall sign replies
}

// Do sends one request.
func (c Client) Do(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	authorization, err := c.Merchant.Authorization(request.Method, request.URL.RequestURI(),
		strconv.FormatInt(time.Now().Unix(), 10), rand.Text(), body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "copy-and-go/1")
	request.Header.Set("Wechatpay-Serial", c.Preferred)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	received, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	if _, err = c.Trusted.Verify(response.StatusCode, response.Header, received, time.Now()); err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		return nil, ReadError(response.StatusCode, received)
	}
	if !utf8.Valid(received) { // ogen would keep the wrong bytes
		return nil, fmt.Errorf("the response is not UTF-8")
	}
	response.Body = io.NopCloser(bytes.NewReader(received))
	return response, nil
}
