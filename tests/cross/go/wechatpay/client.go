package wechatpay

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

// Error is a response which is no result; fields that are absent or odd are nil. Only a verified one
// is the platform's word.
type Error struct {
	Verified bool    `json:"-"`
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
	return &Error{false, status, text(content, "code"), text(content, "message"), content["detail"],
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

// Lost says that no response came, from neither host.
type Lost struct{ error }

// ErrNotUTF8 says that a verified result has wrong bytes, which ogen would keep.
var ErrNotUTF8 = errors.New("the response is not UTF-8")

// Client signs what it sends and lets only verified results through. Generated clients take it in
// place of an http.Client; a response which is no result comes back as *Error.
type Client struct {
	HTTP      *http.Client
	Merchant  Merchant
	Trusted   TrustedKeys
	Preferred string // key that shall sign responses
	Backup    string // the other host; without a response from the first one we send once more, to this one
}

// Do sends one request.
func (c Client) Do(request *http.Request) (*http.Response, error) {
	response, body, err := c.exchange(request)
	if err != nil {
		return nil, err
	}
	if err := result(c.Trusted, response, body); err != nil {
		return nil, err
	}
	if !utf8.Valid(body) {
		return nil, ErrNotUTF8
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// Certificates downloads the platform's certificates and gives all trusted keys. The response may be
// signed with one of them: only who has the APIv3 key could have encrypted it.
func (c Client) Certificates(baseURL string, apiV3Key []byte) (TrustedKeys, error) {
	request, err := http.NewRequest(http.MethodGet, baseURL+"/v3/certificates", nil)
	if err != nil {
		return nil, err
	}
	response, body, err := c.exchange(request)
	if err != nil {
		return nil, err
	}
	var content struct {
		Data []struct {
			Sealed Sealed `json:"encrypt_certificate"`
		}
	}
	_ = json.Unmarshal(body, &content) // an odd body has no certificates
	trusted := maps.Clone(c.Trusted)
	for _, entry := range content.Data {
		_, serial, key, err := entry.Sealed.Open(apiV3Key)
		if err != nil {
			return nil, err
		}
		trusted.Add(serial, key)
	}
	return trusted, result(trusted, response, body)
}

func result(trusted TrustedKeys, response *http.Response, body []byte) error {
	verified, err := trusted.Verify(response.StatusCode, response.Header, body, time.Now())
	if err != nil || response.StatusCode == http.StatusOK {
		return err
	}
	refused := ReadError(response.StatusCode, body)
	refused.Verified = verified
	return refused
}

func (c Client) exchange(request *http.Request) (*http.Response, []byte, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, nil, err
		}
	}
	response, received, err := c.send(request, body)
	if lost := (Lost{}); errors.As(err, &lost) {
		request = request.Clone(request.Context())
		request.URL.Host, request.Host = c.Backup, c.Backup
		return c.send(request, body)
	}
	return response, received, err
}

func (c Client) send(request *http.Request, body []byte) (*http.Response, []byte, error) {
	authorization, err := c.Merchant.Authorization(request.Method, request.URL.RequestURI(),
		strconv.FormatInt(time.Now().Unix(), 10), rand.Text(), body)
	if err != nil {
		return nil, nil, err
	}
	if body != nil {
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "copy-and-go/1")
	request.Header.Set("Wechatpay-Serial", c.Preferred)
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, nil, Lost{err}
	}
	received, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, nil, Lost{err}
	}
	return response, received, nil
}
