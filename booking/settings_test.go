package booking

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/testkit"
)

func TestDurationsAreReadable(t *testing.T) {
	for text, want := range map[string]string{
		`"90s"`: "90s", `"60s"`: "60s", `"1m"`: "60s", `"5m0s"`: "5m", `"15m"`: "15m", `"2m"`: "2m", `"1m30s"`: "90s",
		`"1h"`: "60m", `"2h"`: "2h", `"1500ms"`: "1500ms", `"0s"`: "0s", `"1s"`: "1s", `"90m"`: "90m",
	} {
		var d Duration
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(text, err)
		}
		out, err := json.Marshal(d)
		if err != nil || string(out) != `"`+want+`"` {
			t.Errorf("%s is written %s, want %q (%v)", text, out, want, err)
		}
		var back Duration
		if err := json.Unmarshal(out, &back); err != nil || back != d {
			t.Errorf("%s does not come back: %v %v", text, back, err)
		}
	}
	for _, text := range []string{`90`, `"90"`, `""`, `"soon"`, `null1`, `{}`} {
		var d Duration
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s was read as %v", text, d)
		}
	}
}

func TestAPatchNamesEveryProblem(t *testing.T) {
	for _, c := range []struct {
		name, patch string
		problems    []string
	}{
		{"no object", `[]`, []string{"JSON object"}},
		{"no JSON", `{"name":`, []string{"valid JSON"}},
		{"something after it", `{} {}`, []string{"unexpected text after"}},
		{
			"an unknown setting, and others", `{"nam":"x","maxSeats":"six","hold":"soon","lease":"0s","currency":"eur"}`,
			[]string{`"nam"`, "maxSeats is a int", `hold: invalid duration "soon"`, "lease is over 0", "currency"},
		},
		{"another case", `{"Name":"x"}`, []string{`"Name"`}},
		{"null", `{"name":null}`, []string{"name cannot be null"}},
		{"twice", `{"name":"x","name":"y"}`, []string{"name is given twice"}},
		{"another id", `{"id":"other"}`, []string{"id"}},
		{"limits", `{"activeLimit":0,"admitPerMinute":-1,"maxSeats":101,"name":" "}`, []string{"activeLimit", "admitPerMinute", "maxSeats", "name"}},
		{"times", `{"opensAt":"tomorrow"}`, []string{"opensAt"}},
		{"the event", `{"startsAt":"soon","timeZone":"Berlin","venue":{"name":""}}`, []string{"startsAt is a time", `timeZone is a name of the IANA time zone database like Europe/Berlin, not "Berlin"`, "the name of venue"}},
		{"the machine's time zone", `{"timeZone":"Local"}`, []string{"timeZone"}},
		{"no time zone", `{"timeZone":""}`, []string{"timeZone"}},
		{"doors after the start", `{"startsAt":"2027-06-01T17:30:00Z","doorsAt":"2027-06-01T17:31:00Z"}`, []string{"doorsAt does not come after startsAt"}},
		{"a venue that is none", `{"venue":"Opera","returns":"yes"}`, []string{"a venue is an object", "returns is a bool"}},
		{"a venue with more", `{"venue":{"name":"Opera","Address":"x"}}`, []string{`"Address"`}},
		{"an unreadable venue", `{"venue":{"name":"Op\u202eera","address":"a\nb"}}`, []string{"the name of venue has the character U+202E", "the address of venue has the character U+000A"}},
		{"the wrong order", `{"opensAt":"2027-03-02T00:00:00Z","closesAt":"2027-03-01T00:00:00Z"}`, []string{"closesAt comes after"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := DefaultSettings("demo").patched([]byte(c.patch))
			if fault.CodeOf(err) != fault.InvalidRequest {
				t.Fatal("got", err)
			}
			for _, problem := range c.problems {
				if !strings.Contains(err.Error(), problem) {
					t.Errorf("%q does not contain %q", err, problem)
				}
			}
		})
	}
}

const exampleYAML = `
id: demo                # 1–64 of a-z 0-9 -
name: Spring Gala 2027
currency: EUR
opensAt: 2027-03-01T10:00:00Z   # null: open now
closesAt: null
activeLimit: 100        # users active at once
admitPerMinute: 0       # 0: no cap beside activeLimit
turnWindow: 60s         # to press enter when the turn comes
lease: 90s              # without a sign of life an active user is out
session: 15m            # the longest a user may stay active
hold: 5m                # a cart's life
maxSeats: 6             # held and bought, per user and season
absence: 2m
forget: 15m
refunds: true
returns: true           # a sold-out sale takes joins for returned seats
startsAt: 2027-06-01T17:30:00Z
doorsAt: 2027-06-01T16:30:00Z
timeZone: Europe/Berlin
venue:
  name: Opera House
  address: 1 Main Street, Berlin
`

func TestSettingsMakeTheRoundTrip(t *testing.T) {
	id, patch, err := ParseSettingsYAML([]byte(exampleYAML))
	if err != nil || id != "demo" {
		t.Fatal(id, err)
	}
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	want := DefaultSettings(h.season)
	want.Name = "Spring Gala 2027"
	opens := time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)
	want.OpensAt = &opens
	starts := time.Date(2027, 6, 1, 17, 30, 0, 0, time.UTC)
	doors := starts.Add(-time.Hour)
	want.Returns, want.StartsAt, want.DoorsAt, want.TimeZone = true, &starts, &doors, "Europe/Berlin"
	want.Venue = &Venue{Name: "Opera House", Address: "1 Main Street, Berlin"}
	s, err := h.ApplySeason(h.ctx, h.season, patch, "ann@example.com")
	if err != nil || !reflect.DeepEqual(s.Settings, want) || s.Revision != 2 {
		t.Fatalf("%+v %v, want %+v", s, err, want)
	}
	text, err := json.Marshal(s.Settings)
	if err != nil || !strings.Contains(string(text), `"turnWindow":"60s","lease":"90s","session":"15m","hold":"5m"`) {
		t.Error(string(text), err)
	}
	again, err := h.ApplySeason(h.ctx, h.season, text, "ann@example.com")
	if err != nil || again.Revision != 2 {
		t.Errorf("applying the same settings made revision %d, %v", again.Revision, err)
	}
	far, err := h.node(nil).Season(h.ctx, h.season)
	if err != nil || !reflect.DeepEqual(far, s) {
		t.Errorf("another node reads %+v, %v", far, err)
	}
	if _, err := h.PauseSeason(h.ctx, h.season, "", "bob@example.com"); err != nil {
		t.Fatal(err)
	}
	if own, err := h.Season(h.ctx, h.season); err != nil || !own.Paused || own.Revision != 3 {
		t.Errorf("a node does not read its own write: %+v, %v", own, err)
	}
	var rows []auditRow
	found, err := h.stores.Mongo.Collection("audit").Find(h.ctx, bson.D{{Key: "season", Value: h.season}})
	if err != nil {
		t.Fatal(err)
	}
	if err := found.All(h.ctx, &rows); err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if rows[2].Action != "pause" || rows[2].By != "bob@example.com" || rows[2].Before == nil || rows[0].Before != nil {
		t.Errorf("the audit log has %+v", rows)
	}
}

func TestWrongSettingsFilesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no id": "name: x", "no mapping": "- a", "no YAML": "a: [", "a bad id": "id: Demo!", "empty": "", "an id twice": "id: a\nid: b",
	} {
		if id, _, err := ParseSettingsYAML([]byte(text)); fault.CodeOf(err) != fault.InvalidRequest {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
}

func TestUnknownSeasons(t *testing.T) {
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	_, err := h.Season(h.ctx, "nowhere")
	wantFault(t, err, fault.NotFound)
	_, err = h.PauseSeason(h.ctx, "nowhere", "", "x")
	wantFault(t, err, fault.NotFound)
	_, err = h.ImportPlan(h.ctx, "nowhere", strings.NewReader(""), "x")
	wantFault(t, err, fault.NotFound)
	_, err = h.ApplySeason(h.ctx, "No Such!", []byte(`{}`), "x")
	wantFault(t, err, fault.InvalidRequest)
}

// Parallel changes of different fields, on two nodes, are all kept.
func TestChangesOfASeasonDoNotOverwriteEachOther(t *testing.T) {
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	nodes := []*Booking{h.Booking, h.node(nil)}
	patches := []string{`{"name":"N"}`, `{"maxSeats":9}`, `{"activeLimit":7}`, `{"hold":"7m"}`, `{"refunds":false}`, `{"lease":"33s"}`}
	var writers sync.WaitGroup
	for i, patch := range patches {
		writers.Go(func() {
			if _, err := nodes[i%2].ApplySeason(h.ctx, h.season, []byte(patch), fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	s, err := h.node(nil).Season(h.ctx, h.season)
	if err != nil || s.Name != "N" || s.MaxSeats != 9 || s.ActiveLimit != 7 || s.Hold.String() != "7m" || s.Refunds || s.Lease.String() != "33s" {
		t.Errorf("%+v, %v", s, err)
	}
	if s.Revision != int64(1+len(patches)) {
		t.Errorf("%d changes made revision %d", len(patches), s.Revision)
	}
}

func TestDurationsHaveLowerBounds(t *testing.T) {
	t.Parallel()
	for patch, least := range map[string]string{
		`{"turnWindow":"999ms"}`: "turnWindow is at least 1s", `{"turnWindow":"1ms"}`: "turnWindow is at least 1s",
		`{"lease":"90ms"}`: "lease is at least", `{"session":"1ms"}`: "session is at least", `{"hold":"5ms"}`: "hold is at least",
		`{"absence":"2ms"}`: "absence is at least", `{"forget":"15ms"}`: "forget is at least",
	} {
		if _, err := DefaultSettings("s").patched([]byte(patch)); fault.CodeOf(err) != fault.InvalidRequest || !strings.Contains(err.Error(), least) {
			t.Errorf("%s: %v", patch, err)
		}
	}
	if _, err := DefaultSettings("s").patched([]byte(`{"turnWindow":"1s","hold":"100ms"}`)); err != nil {
		t.Error(err)
	}
}

func TestAChangedVenueKeepsNothingOfTheOldOne(t *testing.T) {
	t.Parallel()
	before, err := DefaultSettings("s").patched([]byte(`{"venue":{"name":"Opera","address":"1 Main Street"}}`))
	if err != nil {
		t.Fatal(err)
	}
	after, err := before.patched([]byte(`{"venue":{"name":"Park"}}`))
	if err != nil || *after.Venue != (Venue{Name: "Park"}) || before.Venue.Name != "Opera" {
		t.Errorf("after %+v, before %+v, %v", after.Venue, before.Venue, err)
	}
	none, err := after.patched([]byte(`{"venue":null,"startsAt":null}`))
	if err != nil || none.Venue != nil {
		t.Errorf("%+v, %v", none.Venue, err)
	}
}

func TestWhatIsAnnouncedIsPlainTextAndLogged(t *testing.T) {
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	for _, wrong := range []string{strings.Repeat("x", 281), "two\nlines", "turn\u202eed", "hidden\u200b"} {
		_, err := h.SetNotice(h.ctx, h.season, wrong, "ann@example.com")
		wantFault(t, err, fault.InvalidRequest)
		_, err = h.PauseSeason(h.ctx, h.season, wrong, "ann@example.com")
		wantFault(t, err, fault.InvalidRequest)
	}
	steps := []struct {
		do   func() (Season, error)
		want Announced
	}{
		{func() (Season, error) { return h.SetNotice(h.ctx, h.season, " Doors open late ", "ann@example.com") }, Announced{Notice: "Doors open late"}},
		{func() (Season, error) { return h.PauseSeason(h.ctx, h.season, "a fire alarm", "ann@example.com") }, Announced{true, "a fire alarm", "Doors open late"}},
		{func() (Season, error) { return h.PauseSeason(h.ctx, h.season, "a false alarm", "ann@example.com") }, Announced{true, "a false alarm", "Doors open late"}},
		{func() (Season, error) {
			return h.ApplySeason(h.ctx, h.season, []byte(`{"maxSeats":2}`), "ann@example.com")
		}, Announced{true, "a false alarm", "Doors open late"}},
		{func() (Season, error) { return h.ResumeSeason(h.ctx, h.season, "ann@example.com") }, Announced{Notice: "Doors open late"}},
		{func() (Season, error) { return h.SetNotice(h.ctx, h.season, "", "ann@example.com") }, Announced{}},
	}
	for i, step := range steps {
		s, err := step.do()
		if err != nil || s.Announced != step.want {
			t.Fatalf("step %d: %+v, %v", i, s.Announced, err)
		}
		far, err := h.node(nil).Season(h.ctx, h.season)
		if err != nil || far.Announced != step.want {
			t.Fatalf("step %d: another node reads %+v, %v", i, far.Announced, err)
		}
	}
	rows, _, err := h.AuditLog(h.ctx, h.season, 10, "")
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, row := range rows {
		actions = append(actions, row.Action)
	}
	if got := strings.Join(actions, " "); got != "notice resume settings pause pause notice settings" {
		t.Errorf("the audit log has %s", got)
	}
	if text := fmt.Sprintf("%s", rows[4].After); !strings.Contains(text, `"pauseReason":"a fire alarm","notice":"Doors open late"`) {
		t.Errorf("the row of the pause has %s", text)
	}
	_, err = h.SetNotice(h.ctx, "nowhere", "x", "x")
	wantFault(t, err, fault.NotFound)
}
