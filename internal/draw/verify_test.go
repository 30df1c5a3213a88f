package draw_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/draw"
)

// site is a site that publishes a draw, and a beacon, as honest or not as a test
// makes them.
type site struct {
	account draw.Account
	list    []string
	users   []string

	schedule draw.Schedule // of the beacon
	value    []byte        // of its every round; nil: it does not answer
	url      string
}

// honest is a sound draw of six with a beacon.
func honest(t *testing.T) *site {
	s := &site{schedule: draw.Schedule{Genesis: 1_700_000_000, Period: 3}}
	sum := sha256.Sum256([]byte("signed"))
	s.value = sum[:]
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	for i := range 6 {
		s.users = append(s.users, fmt.Sprintf("%024x", i))
	}
	frozen := time.Unix(1_800_000_000, 1_000_000).UTC()
	seed := []byte(strings.Repeat("s", draw.SeedSize))
	round := s.schedule.RoundFor(frozen)
	s.account = draw.Account{
		Season: "gala", Commitment: draw.Commit(seed), CommittedAt: "2027-01-01T00:00:00.000Z", Promised: s.url + "/chain",
		Seed: hex.EncodeToString(seed), Gathered: draw.Hash(s.users), Count: len(s.users), List: "/list",
		FrozenAt: frozen.Format(time.RFC3339Nano), DrawnAt: frozen.Add(time.Minute).Format(time.RFC3339Nano),
		Beacon: &draw.BeaconValue{
			Source: s.url + "/chain", Genesis: s.schedule.Genesis, Period: s.schedule.Period,
			Round: round, Due: s.schedule.Due(round).Format(time.RFC3339), Value: hex.EncodeToString(s.value),
		},
	}
	s.draw()
	return s
}

// draw makes the list of the account's own seed and value.
func (s *site) draw() {
	seed, _ := hex.DecodeString(s.account.Seed)
	var value []byte
	if s.account.Beacon != nil {
		value, _ = hex.DecodeString(s.account.Beacon.Value)
	}
	_, marks := draw.Order(draw.Key(seed, value), s.users)
	s.list = nil
	for _, mark := range marks {
		s.list = append(s.list, mark.String())
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/waitingList/draw":
		_ = json.NewEncoder(w).Encode(s.account)
	case r.URL.Path == "/list":
		_, _ = fmt.Fprintln(w, strings.Join(s.list, "\n"))
	case r.URL.Path == "/chain/info" && s.value != nil:
		_, _ = fmt.Fprintf(w, `{"genesis_time":%d,"period":%d}`, s.schedule.Genesis, s.schedule.Period)
	case strings.HasPrefix(r.URL.Path, "/chain/public/") && s.value != nil:
		_, _ = fmt.Fprintf(w, `{"round":%s,"randomness":"%x"}`, strings.TrimPrefix(r.URL.Path, "/chain/public/"), s.value)
	default:
		http.Error(w, "no", http.StatusInternalServerError)
	}
}

// TestWhatWasTamperedWithIsFound tries every lie that a checker can see through:
// each is named, and an honest draw has none.
func TestWhatWasTamperedWithIsFound(t *testing.T) {
	other := strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		lie   func(s *site)
		check func(c *draw.Check)
		wrong []string // a part of each problem
		open  []string // a part of each thing left open
		error string
	}{
		"nothing":                   {},
		"another seed":              {lie: func(s *site) { s.account.Seed = other }, wrong: []string{"seed does not hash", "list is not that"}},
		"another seed, drawn again": {lie: func(s *site) { s.account.Seed = other; s.draw() }, wrong: []string{"seed does not hash"}},
		"a commitment made afterwards": {lie: func(s *site) {
			s.account.Seed = other
			b, _ := hex.DecodeString(other)
			s.account.Commitment = draw.Commit(b)
			s.draw()
		}, wrong: []string{"commitment is another"}},
		"a short seed": {lie: func(s *site) { s.account.Seed = "ab"; s.account.Commitment = draw.Commit([]byte{0xab}); s.draw() }, wrong: []string{"seed does not hash", "commitment is another"}},
		"another draw": {check: func(c *draw.Check) { c.Number = 2 }, wrong: []string{"it is draw 1, and not 2"}},
		"the commitment of a first draw for a later one": {lie: func(s *site) { s.account.Number = 2 }, wrong: []string{"seed does not hash"}},
		"another season":                                     {lie: func(s *site) { s.account.Season = "other" }, wrong: []string{"another season"}},
		"another value, drawn by it":                         {lie: func(s *site) { s.account.Beacon.Value = other; s.draw() }, wrong: []string{"gave another value"}},
		"a value that is no hex":                             {lie: func(s *site) { s.account.Beacon.Value = "zz" }, wrong: []string{"not hex", "gave another value", "list is not that"}},
		"a round of the site's own taste":                    {lie: func(s *site) { s.account.Beacon.Round++ }, wrong: []string{"not the one that follows", "round is another than the one noted"}},
		"the time of the record changed, for a better round": {lie: betterRound, wrong: []string{"round is another than the one noted"}},
		"there, and the caller noted the hash alone": {
			lie:   betterRound,
			check: func(c *draw.Check) { c.Recorded, _, _ = strings.Cut(c.Recorded, "/") },
			open:  []string{"HEX/ROUND"},
		},
		"a schedule of its own": {
			lie: func(s *site) {
				s.account.Beacon.Genesis += 30
				s.account.Beacon.Round = draw.Schedule{Genesis: s.account.Beacon.Genesis, Period: 3}.RoundFor(time.Unix(1_800_000_000, 1_000_000))
			},
			wrong: []string{"has another schedule", "round is another than the one noted"},
		},
		"a beacon that was not promised":  {lie: func(s *site) { s.account.Promised = "https://other.example" }, wrong: []string{"promised is another than the one trusted", "is another than the one promised"}},
		"a promised beacon of its own":    {lie: func(s *site) { s.account.Promised += "/own"; s.account.Beacon.Source += "/own" }, wrong: []string{"promised is another than the one trusted"}, open: []string{"has this schedule", "gave this value"}},
		"drawn before the round was out":  {lie: func(s *site) { s.account.DrawnAt = s.account.FrozenAt }, wrong: []string{"not the one that follows"}},
		"recorded before it was promised": {lie: func(s *site) { s.account.CommittedAt = "2040-01-01T00:00:00Z" }, wrong: []string{"in this order"}},
		"no times":                        {lie: func(s *site) { s.account.FrozenAt, s.account.CommittedAt = "", "soon" }, wrong: []string{"in this order", "not the one that follows"}},
		"without the beacon promised": {
			lie:  func(s *site) { s.account.Beacon, s.account.BeaconNote = nil, "it was silent"; s.draw() },
			open: []string{"was not mixed in (it was silent)"},
		},
		"a user left out afterwards":   {lie: func(s *site) { s.list = s.list[1:] }, wrong: []string{"list has 5 marks", "list is not that"}},
		"a mark added":                 {lie: func(s *site) { s.list = append(s.list, strings.Repeat("ff", 32)); s.account.Count++ }, wrong: []string{"list is not that"}},
		"a user put before the others": {lie: func(s *site) { s.list[0], s.list[5] = s.list[5], s.list[0] }, wrong: []string{"marks do not ascend", "list is not that"}},
		"a user twice":                 {lie: func(s *site) { s.list[1] = s.list[0] }, wrong: []string{"marks do not ascend", "list is not that"}},
		"a mark made better":           {lie: func(s *site) { s.list[0] = strings.Repeat("00", 32) }, wrong: []string{"list is not that"}},
		"another set":                  {lie: func(s *site) { s.account.Gathered = other }, wrong: []string{"noted before the round", "do not hash"}},
		"a set changed after the record": {
			lie: func(s *site) {
				s.users = s.users[1:]
				s.account.Gathered, s.account.Count = draw.Hash(s.users), 5
				s.draw()
			},
			check: func(c *draw.Check) { c.Users = nil },
			wrong: []string{"noted before the round"},
			open:  []string{"those of the users who gathered and of no others"},
		},
		"a list that is no list":      {lie: func(s *site) { s.list = []string{"<html>"} }, error: "line 1"},
		"a list of another site":      {lie: func(s *site) { s.account.List = "https://other.example/list" }, error: "another site"},
		"a beacon that says nothing":  {lie: func(s *site) { s.value = nil }, open: []string{"has this schedule", "gave this value"}},
		"nothing noted by the caller": {check: func(c *draw.Check) { c.Commitment, c.Recorded, c.Beacon = "", "", "" }, open: []string{"--commitment", "--recorded", "--beacon-url"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := honest(t)
			client := &http.Client{}
			defer client.CloseIdleConnections()
			check := draw.Check{
				URL: s.url, Season: "gala", User: s.users[3], Commitment: s.account.Commitment, Recorded: fmt.Sprintf("%s/%d", s.account.Gathered, s.account.Beacon.Round),
				Beacon: s.account.Promised, Users: slices.Clone(s.users), Client: client,
			}
			if c.lie != nil {
				c.lie(s)
			}
			if c.check != nil {
				c.check(&check)
			}
			report, err := draw.Verify(t.Context(), check)
			if c.error != "" || err != nil {
				if err == nil || c.error == "" || !strings.Contains(err.Error(), c.error) {
					t.Fatalf("error %v, want %q", err, c.error)
				}
				return
			}
			wantEach(t, "wrong", report.Problems, c.wrong)
			wantEach(t, "open", report.Open, c.open)
			if name == "nothing" && report.Rank == 0 {
				t.Error("the user has no rank")
			}
		})
	}
}

// betterRound names a later time of the record than was published, so that the
// next round counts.
func betterRound(s *site) {
	at, _ := time.Parse(time.RFC3339, s.account.FrozenAt)
	s.account.FrozenAt = at.Add(3 * time.Second).Format(time.RFC3339Nano)
	s.account.Beacon.Round++
	s.account.DrawnAt = s.schedule.Due(s.account.Beacon.Round).Add(time.Second).Format(time.RFC3339Nano)
}

// wantEach wants one line for each part, and no more.
func wantEach(t *testing.T, what string, lines, parts []string) {
	t.Helper()
	if len(lines) != len(parts) {
		t.Errorf("%s: %q, want %q", what, lines, parts)
		return
	}
	for _, part := range parts {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, part) }) {
			t.Errorf("%s: %q lacks %q", what, lines, part)
		}
	}
}

func TestTheRoundFollowsFromTheTime(t *testing.T) {
	s := draw.Schedule{Genesis: 1000, Period: 3}
	for at, want := range map[float64]uint64{0: 1, 994: 1, 995: 1, 995.001: 2, 998: 2, 998.5: 3, 1001: 3, 1001.001: 4} {
		recorded := time.UnixMilli(int64(at * 1000))
		got := s.RoundFor(recorded)
		if got != want {
			t.Errorf("recorded at %v: round %d, want %d", at, got, want)
		}
		if lead := s.Due(got).Sub(recorded); lead < draw.Lead || got > 1 && lead >= draw.Lead+4*time.Second {
			t.Errorf("recorded at %v: round %d is %v later", at, got, lead)
		}
	}
	for _, s := range []draw.Schedule{{}, {Genesis: 5}, {Genesis: 1, Period: -3}, {Genesis: -1, Period: 3}, {Genesis: 1, Period: 3600}} {
		if s.Valid() {
			t.Errorf("%+v is no schedule", s)
		}
	}
}
