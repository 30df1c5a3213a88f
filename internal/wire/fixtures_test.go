package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher/internal/wire"
)

var update = flag.Bool("update", false, "write testdata/server/help.json and testdata/closes.json again")

// fixtures returns the files of a folder of testdata, by name, without the
// newline at the end. The browser app's tests read the same files.
func fixtures(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures in %s: %v", folder, err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(text, []byte("\n")) != 1 || text[len(text)-1] != '\n' {
			t.Errorf("%s is not one line", path)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".json")] = bytes.TrimSpace(text)
	}
	return all
}

func TestEveryServerFixtureIsParsedAndEncodedBackToTheSameBytes(t *testing.T) {
	for name, text := range fixtures(t, "server") {
		t.Run(name, func(t *testing.T) {
			message, err := wire.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := wire.Encode(message); !bytes.Equal(got, text) {
				t.Errorf("encoded\n%s\nwant\n%s", got, text)
			}
		})
	}
}

func TestEveryServerMessageHasAFixture(t *testing.T) {
	seen := map[string]bool{}
	for name, text := range fixtures(t, "server") {
		message, err := wire.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if kind, _, _ := strings.Cut(name, "-"); kind != message.Type() {
			t.Errorf("%s.json is a %s", name, message.Type())
		}
		seen[message.Type()] = true
	}
	for _, kind := range []string{
		"welcome", "sale", "waiting", "status", "position", "turn", "lapsed", "cart", "seats", "changes", "transaction", "error", "bye", "pong", "help",
	} {
		if !seen[kind] {
			t.Errorf("no fixture shows a %s", kind)
		}
	}
}

func TestEveryClientFixtureIsDecodedAndEncodedBackToTheSameMeaning(t *testing.T) {
	seen := map[string]bool{}
	for name, text := range fixtures(t, "client") {
		t.Run(name, func(t *testing.T) {
			request, err := wire.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			seen[request.Type] = true
			if got, want := meaning(t, wire.EncodeRequest(request)), meaning(t, text); got != want {
				t.Errorf("encoded\n%s\nwant\n%s", got, want)
			}
		})
	}
	for _, kind := range wire.RequestTypes() {
		if !seen[kind] {
			t.Errorf("no fixture shows a %s", kind)
		}
	}
}

// meaning is a JSON text with its fields in alphabetical order.
func meaning(t *testing.T, text []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(sorted)
}

func TestTheHelpFixtureIsWhatHelpAnswers(t *testing.T) {
	generated(t, "testdata/server/help.json", wire.Encode(wire.NewHelp(json.RawMessage(`10`))))
}

func TestTheCloseCodeFixtureIsTheTable(t *testing.T) {
	codes := map[int]string{}
	for _, c := range wire.Closes() {
		codes[c.Code] = c.Reason
	}
	text, err := json.Marshal(codes)
	if err != nil {
		t.Fatal(err)
	}
	generated(t, "testdata/closes.json", text)
}

func generated(t *testing.T, path string, want []byte) {
	t.Helper()
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(path, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date; run the tests of this package once with -update", path)
	}
}

func TestHelpListsEveryTypeWithExamplesThatDecode(t *testing.T) {
	var listed []string
	for _, entry := range wire.NewHelp(nil).Types {
		listed = append(listed, entry.Type)
		for _, example := range []json.RawMessage{entry.Example, entry.Another} {
			if example == nil {
				continue
			}
			request, err := wire.Decode(example)
			if err != nil {
				t.Errorf("%s: %v", example, err)
			}
			if request.Type != entry.Type || request.ID == nil {
				t.Errorf("%s stands as the example of %s", example, entry.Type)
			}
		}
	}
	if !slices.Equal(listed, wire.RequestTypes()) {
		t.Errorf("help lists %v, there are %v", listed, wire.RequestTypes())
	}
	frame := wire.Encode(wire.NewHelp(nil))
	if !bytes.Contains(frame, []byte(`"example":{"type":"purchase","id":8,"key":"order-1","seats":["A-1"],"payment":{"method":"sandbox","token":"tok_ok"}}`)) {
		t.Errorf("an example cannot be copied out of %s", frame)
	}
}
