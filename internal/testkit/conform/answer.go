package conform

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// IsUsher reports whether an answer comes from a node's main listener, and not from
// another server that a test talks to.
func IsUsher(answer *http.Response) bool { return answer.Header.Get("X-Request-Id") != "" }

// Answer checks an answer with its whole body, which is nil where only the head is
// checked. request is the body that was sent, nil if it is not known.
func (s *Spec) Answer(r *http.Request, request []byte, answer *http.Response, body []byte) error {
	operation, known := s.Find(r)
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	switch {
	case r.Method == http.MethodOptions:
		return nil
	case operation == nil && known:
		if answer.StatusCode != http.StatusMethodNotAllowed {
			return fmt.Errorf("openapi.yaml has the path, but not this method, and the answer is %d instead of 405", answer.StatusCode)
		}
		return s.problem(nil, answer.StatusCode, media, body)
	case operation == nil:
		if media == "application/problem+json" {
			return s.problem(nil, answer.StatusCode, media, body)
		}
		return nil // a page of the browser app
	}
	status := strconv.Itoa(answer.StatusCode)
	responses := object(operation.Object, "responses")
	at := operation.at + "/responses/" + status
	response := object(responses[status])
	byDefault := response == nil
	if byDefault {
		if answer.StatusCode < 400 {
			return fmt.Errorf("openapi.yaml has no answer %s of this operation", status)
		}
		response, at = object(responses, "default"), operation.at+"/responses/default"
	}
	response, at = s.Resolve(response, at)
	if err := s.headers(response, at, answer); err != nil {
		return err
	}
	if answer.StatusCode < 300 {
		if err := s.accepted(operation, r, request); err != nil {
			return err
		}
	}
	content := object(response, "content")
	if answer.StatusCode == http.StatusSwitchingProtocols || answer.StatusCode == http.StatusNotModified {
		return nil
	}
	if answer.StatusCode >= 400 {
		return s.problem(operation, answer.StatusCode, media, body)
	}
	if media == "" && len(body) == 0 && (len(content) == 0 || r.Method == http.MethodHead) {
		return nil
	}
	described, is := content[media]
	if !is {
		return fmt.Errorf("openapi.yaml has no %q among the forms of answer %s", media, status)
	}
	if body == nil || r.Method == http.MethodHead || object(described)["schema"] == nil {
		return nil
	}
	plain, err := unpacked(answer, body)
	if err != nil {
		return err
	}
	at += "/content/" + escape(media) + "/schema"
	if media == "application/json" {
		return s.ValidateText("openapi.yaml", at, plain)
	}
	return s.Validate("openapi.yaml", at, string(plain))
}

func unpacked(answer *http.Response, body []byte) ([]byte, error) {
	if answer.Header.Get("Content-Encoding") != "gzip" {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// headers checks the headers that an answer must have.
func (s *Spec) headers(response map[string]any, at string, answer *http.Response) error {
	for name, each := range object(response, "headers") {
		header := object(each)
		value := answer.Header.Get(name)
		if value == "" {
			if header["required"] == true {
				return fmt.Errorf("the answer lacks the header %s", name)
			}
			continue
		}
		if err := s.Validate("openapi.yaml", at+"/headers/"+escape(name)+"/schema", value); err != nil {
			return fmt.Errorf("the header %s is %q: %w", name, value, err)
		}
	}
	return nil
}

// problem checks an error: its form, and that the operation may answer its code.
func (s *Spec) problem(operation *Operation, status int, media string, body []byte) error {
	if media == "text/html" || body == nil {
		return nil
	}
	if media != "application/problem+json" {
		return fmt.Errorf("an error came as %q", media)
	}
	if len(body) == 0 {
		return nil // of HEAD
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := s.Validate("openapi.yaml", "/components/schemas/Problem", value); err != nil {
		return err
	}
	problem := object(value)
	code, _ := problem["code"].(string)
	switch {
	case number(problem["status"]) != status:
		return fmt.Errorf("the problem says status %v, the answer %d", problem["status"], status)
	case problem["type"] != "/docs/problems#"+code:
		return fmt.Errorf("the type of %s is %v", code, problem["type"])
	}
	if status == http.StatusMethodNotAllowed || status == http.StatusUpgradeRequired {
		return nil
	}
	if want := number(object(s.HTTP, "x-problems", code)["status"]); want != status {
		return fmt.Errorf("%s came with %d instead of %d", code, status, want)
	}
	if _, everywhere := Everywhere()[code]; operation != nil && !everywhere && !slices.Contains(operation.Codes(), code) {
		return fmt.Errorf("openapi.yaml has no %s among the codes of this operation", code)
	}
	return nil
}

// accepted checks a request that a node accepted: the description must not refuse it.
func (s *Spec) accepted(operation *Operation, r *http.Request, body []byte) error {
	query := r.URL.Query()
	parameters, _ := operation.Object["parameters"].([]any)
	for i, each := range parameters {
		parameter, at := s.Resolve(object(each), operation.at+"/parameters/"+strconv.Itoa(i))
		name, _ := parameter["name"].(string)
		if parameter["in"] != "query" || query.Get(name) == "" {
			continue
		}
		var value any = query.Get(name)
		if kind := object(parameter, "schema")["type"]; kind == "integer" {
			if n, err := strconv.Atoi(query.Get(name)); err == nil {
				value = n
			}
		}
		if err := s.Validate("openapi.yaml", at+"/schema", value); err != nil {
			return fmt.Errorf("accepted, but openapi.yaml refuses the parameter %s: %w", name, err)
		}
	}
	content := object(operation.Object, "requestBody", "content", "application/json")
	if content == nil || len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if err := s.ValidateText("openapi.yaml", operation.RequestSchema(), body); err != nil {
		return fmt.Errorf("accepted, but openapi.yaml refuses the request: %w", err)
	}
	return nil
}

// RequestSchema is the place of the schema of an operation's JSON body.
func (o *Operation) RequestSchema() string {
	return o.at + "/requestBody/content/application~1json/schema"
}
