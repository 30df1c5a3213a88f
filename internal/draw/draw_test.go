package draw_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"usher/internal/draw"
)

// vector is a draw worked out once; the browser app checks itself by it too.
type vector struct {
	Seed       string       `json:"seed"`
	Commitment string       `json:"commitment"`
	Phases     []draw.Phase `json:"phases"`
	Second     string       `json:"commitmentOfDraw2"`
	Beacon     string       `json:"beacon"`
	Users      []string     `json:"users"`
	Gathered   string       `json:"gathered"`
	Order      []string     `json:"order"`
	Marks      []string     `json:"marks"`
}

func TestTheArithmeticStaysAsItIs(t *testing.T) {
	text, err := os.ReadFile("testdata/draw.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	seed, _ := hex.DecodeString(v.Seed)
	beacon, _ := hex.DecodeString(v.Beacon)
	key := draw.Key(seed, beacon)
	order, marks := draw.Order(key, v.Users)
	if draw.Commit(seed) != v.Commitment || draw.Hash(v.Users) != v.Gathered || !slices.Equal(order, v.Order) {
		t.Errorf("%s %s %v", draw.Commit(seed), draw.Hash(v.Users), order)
	}
	if got := draw.CommitTo(seed, 2, v.Phases); got != v.Second || draw.Commit(seed, v.Phases...) == got || draw.CommitTo(seed, 3, v.Phases) == got {
		t.Errorf("the commitment of the second draw is %s", got)
	}
	for i, mark := range marks {
		if mark.String() != v.Marks[i] || draw.Rank(marks, draw.MarkOf(key, order[i])) != i+1 {
			t.Errorf("rank %d: %s", i+1, mark)
		}
	}
	if draw.Rank(marks, draw.MarkOf(key, "stranger")) != 0 || len(draw.Key(seed, nil)) != draw.SeedSize {
		t.Error("who did not gather has a rank, or a seed alone is no key")
	}
}

func TestABeaconIsBelievedOnlyWhenItsAnswersFit(t *testing.T) {
	var answer string
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/chain/public/") {
			t.Error(r.URL.Path)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer server.Close()
	defer server.Client().CloseIdleConnections()
	b := &draw.HTTPBeacon{URL: server.URL + "/chain/", Client: server.Client()}
	// SHA-256 of the byte 00.
	const right = `{"round":5,"randomness":"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d","signature":"00"}`
	for name, c := range map[string]struct {
		answer string
		status int
		ok     bool
	}{
		"right":             {right, 200, true},
		"another round":     {strings.Replace(right, "5", "6", 1), 200, false},
		"another signature": {strings.Replace(right, `"00"`, `"01"`, 1), 200, false},
		"no value":          {`{"round":5,"randomness":""}`, 200, false},
		"nonsense":          {`<html>`, 200, false},
		"not yet":           {"", 404, false},
		"broken":            {"", 500, false},
	} {
		answer, status = c.answer, c.status
		if _, err := b.Value(t.Context(), 5); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer, status = right, 200
	if round, err := b.Latest(t.Context()); err != nil || round != 5 {
		t.Error(round, err)
	}
}
