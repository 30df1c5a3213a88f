package draw

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check describes what to verify.
type Check struct {
	URL        string // of the site
	Season     string
	Number     int      // of the draw, from 1; 0: the first that the season has
	User       string   // whose rank to show; "": none
	Commitment string   // as published before the opening; "": unknown
	Recorded   string   // the hash of the users who gathered, then "/" and the round, as published before the round; "": unknown
	Beacon     string   // the source of the beacon that the caller trusts; "": unknown
	Users      []string // all users who gathered; nil: unknown
	Client     *http.Client
}

// Report is the result of a check. The draw is sound when Problems is empty.
type Report struct {
	Account  Account
	Checked  []string // what was checked and is right, one sentence each
	Open     []string // what could not be checked
	Problems []string
	Rank     int // of Check.User; 0: had not gathered
}

// Verify downloads a draw and checks everything that can be checked from outside.
// An error means that nothing could be checked.
func Verify(ctx context.Context, c Check) (Report, error) {
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	base, err := url.Parse(strings.TrimSuffix(c.URL, "/") + "/")
	if err != nil {
		return Report{}, err
	}
	var r Report
	body, err := c.get(ctx, base, c.path())
	if err != nil {
		return Report{}, err
	}
	err = json.NewDecoder(io.LimitReader(body, 1<<20)).Decode(&r.Account)
	_ = body.Close()
	if err != nil {
		return Report{}, fmt.Errorf("the draw is not JSON: %w", err)
	}
	if list, err := base.Parse(r.Account.List); err != nil || list.Host != base.Host {
		return Report{}, errors.New("the URL of the list of marks is on another site")
	}
	body, err = c.get(ctx, base, r.Account.List)
	if err != nil {
		return Report{}, fmt.Errorf("the list of marks: %w", err)
	}
	defer func() { _ = body.Close() }()
	marks, err := readMarks(body)
	if err != nil {
		return Report{}, fmt.Errorf("the list of marks: %w", err)
	}
	r.check(r.Account.Season == c.Season, "it is the draw of the season asked about", "it is the draw of another season")
	r.Account.Number = max(1, r.Account.Number) // a site of the version before says none
	if c.Number > 0 {
		r.check(r.Account.Number == c.Number, fmt.Sprintf("it is draw %d", c.Number), fmt.Sprintf("it is draw %d, and not %d", r.Account.Number, c.Number))
	}
	key := r.checkSeed(c)
	r.checkPhases(ctx, c, base)
	r.checkRecord(c)
	r.checkBeacon(ctx, c)
	r.checkMarks(c, key, marks)
	return r, nil
}

// path is the path of the account.
func (c Check) path() string {
	path := "waitingList/draw?season=" + url.QueryEscape(c.Season)
	if c.Number > 0 {
		path += "&number=" + strconv.Itoa(c.Number)
	}
	return path
}

func (c Check) get(ctx context.Context, base *url.URL, ref string) (io.ReadCloser, error) {
	to, err := base.Parse(ref)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.Client.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	_ = answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return nil, errors.New("there is no draw, or it has not been held yet")
	}
	return nil, fmt.Errorf("%s answers %s", to, answer.Status)
}

// maxMarks is the longest list read, so that a site cannot fill the memory of the
// checker.
const maxMarks = 20_000_000

// readMarks reads marks, one a line.
func readMarks(from io.Reader) ([]Mark, error) {
	var marks []Mark
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		if len(marks) == maxMarks {
			return nil, fmt.Errorf("it has more than %d lines", maxMarks)
		}
		raw, err := hex.DecodeString(lines.Text())
		if err != nil || len(raw) != len(Mark{}) {
			return nil, fmt.Errorf("line %d is not %d bytes in hex", len(marks)+1, len(Mark{}))
		}
		marks = append(marks, Mark(raw))
	}
	return marks, lines.Err()
}

func (r *Report) check(right bool, what, problem string) {
	if right {
		r.Checked = append(r.Checked, what)
	} else {
		r.Problems = append(r.Problems, problem)
	}
}

// checkSeed checks the seed against the commitment and returns the key.
func (r *Report) checkSeed(c Check) []byte {
	a := r.Account
	seed, err := hex.DecodeString(a.Seed)
	r.check(err == nil && len(seed) == SeedSize && CommitTo(seed, a.Number, a.Phases) == a.Commitment,
		"the seed is the one that was committed to", "the seed does not hash to the commitment")
	if c.Commitment == "" {
		r.Open = append(r.Open, "whether this commitment was published before the opening: compare it with the one you noted then (--commitment)")
	} else {
		r.check(strings.EqualFold(c.Commitment, a.Commitment), "the commitment is the one noted before the opening", "the commitment is another than the one noted before the opening")
	}
	var value []byte
	if a.Beacon != nil {
		value, err = hex.DecodeString(a.Beacon.Value)
		if err != nil || len(value) == 0 {
			r.Problems = append(r.Problems, "the beacon's value is not hex")
		}
	}
	return Key(seed, value)
}

// checkPhases compares the phases in the commitment with those that the season shows
// now.
func (r *Report) checkPhases(ctx context.Context, c Check, base *url.URL) {
	var season struct {
		Phases []Phase `json:"phases"`
	}
	body, err := c.get(ctx, base, "seasons/"+url.PathEscape(c.Season))
	if err == nil {
		err = json.NewDecoder(io.LimitReader(body, 1<<20)).Decode(&season)
		_ = body.Close()
	}
	switch {
	case err != nil && len(r.Account.Phases) == 0: // there is nothing to compare, as before seasons had phases
	case err != nil:
		r.Open = append(r.Open, "whether the phases of the sale are those of the commitment: the season cannot be read")
	case len(r.Account.Phases) > 0 || len(season.Phases) > 0:
		r.check(slices.Equal(season.Phases, r.Account.Phases), "the phases of the sale are those of the commitment",
			"the phases of the sale are not those of the commitment: the organizer has changed them since")
	}
}

// checkRecord checks what was published about the users who gathered before the
// order could be known. The round is part of it: it follows from the time of the
// record, so a site that changed this time later could choose among rounds.
func (r *Report) checkRecord(c Check) {
	a := r.Account
	hash, round, named := strings.Cut(c.Recorded, "/")
	if c.Recorded != "" {
		r.check(strings.EqualFold(hash, a.Gathered), "the hash of the gathered is the one noted before the round",
			"the hash of the gathered is another than the one noted before the round")
	} else if a.Beacon != nil {
		r.Open = append(r.Open, "whether the gathered were recorded before the beacon's round was out: compare their hash with the one you noted then (--recorded)")
	}
	if named && a.Beacon != nil {
		r.check(round == strconv.FormatUint(a.Beacon.Round, 10), "the beacon's round is the one noted before it was out",
			"the beacon's round is another than the one noted before it was out")
	} else if c.Recorded != "" && a.Beacon != nil {
		r.Open = append(r.Open, "whether the beacon's round is the one that was named with the hash of the gathered: note it behind that hash (--recorded HEX/ROUND)")
	}
	committed, frozen, drawn := a.at(a.CommittedAt), a.at(a.FrozenAt), a.at(a.DrawnAt)
	right := !committed.IsZero() && !frozen.Before(committed) && !drawn.Before(frozen)
	r.check(right, "by its own account the site committed, recorded and drew in this order",
		"by its own account the site did not commit, record and draw in this order")
}

// at reads a time of the account; zero for none.
func (a Account) at(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// checkBeacon checks which beacon and which round was mixed in, and asks the
// beacon itself.
func (r *Report) checkBeacon(ctx context.Context, c Check) {
	a, b := r.Account, r.Account.Beacon
	if c.Beacon != "" {
		r.check(strings.TrimSuffix(c.Beacon, "/") == a.Promised, "the beacon promised is the one trusted", "the beacon promised is another than the one trusted")
	}
	switch {
	case b == nil && a.Promised != "":
		r.Open = append(r.Open, fmt.Sprintf("the beacon that was promised was not mixed in (%s): a person who knew the seed knew the order without the beacon, and could have chosen between both orders", a.BeaconNote))
		return
	case b == nil:
		r.Open = append(r.Open, "no beacon was mixed in ("+a.BeaconNote+"): a person who knew the seed could know the order as soon as all users had gathered")
		return
	case c.Beacon == "":
		r.Open = append(r.Open, "whether the site has no hand in "+b.Source+": name the beacon you trust (--beacon-url)")
	}
	r.check(b.Source == a.Promised, "the beacon is the one promised with the commitment", "the beacon is another than the one promised with the commitment")
	schedule := Schedule{Genesis: b.Genesis, Period: b.Period}
	r.check(schedule.Valid() && schedule.RoundFor(a.at(a.FrozenAt)) == b.Round && !a.at(a.DrawnAt).Before(schedule.Due(b.Round)),
		fmt.Sprintf("round %d is the one that follows from the time of the record", b.Round),
		fmt.Sprintf("round %d is not the one that follows from the time of the record", b.Round))
	beacon := &HTTPBeacon{URL: b.Source, Client: c.Client}
	if own, err := beacon.Schedule(ctx); err != nil {
		r.Open = append(r.Open, fmt.Sprintf("whether %s has this schedule: %v", b.Source, err))
	} else {
		r.check(own == schedule, "the beacon's schedule is its own", "the beacon has another schedule")
	}
	value, err := beacon.Value(ctx, b.Round)
	if err != nil {
		r.Open = append(r.Open, fmt.Sprintf("whether %s gave this value in round %d: %v", b.Source, b.Round, err))
		return
	}
	r.check(hex.EncodeToString(value) == strings.ToLower(b.Value),
		fmt.Sprintf("%s gave this value in round %d", b.Source, b.Round),
		fmt.Sprintf("%s gave another value in round %d", b.Source, b.Round))
}

// checkMarks checks the list, and the user's rank in it.
func (r *Report) checkMarks(c Check, key []byte, marks []Mark) {
	r.check(len(marks) == r.Account.Count, fmt.Sprintf("the list has %d marks, as many as had gathered", len(marks)),
		fmt.Sprintf("the list has %d marks, but %d had gathered", len(marks), r.Account.Count))
	sorted := true
	for i := 1; i < len(marks); i++ {
		sorted = sorted && strings.Compare(string(marks[i-1][:]), string(marks[i][:])) < 0
	}
	r.check(sorted, "the marks ascend, and none occurs twice", "the marks do not ascend")
	if c.User != "" && sorted {
		r.Rank = Rank(marks, MarkOf(key, c.User))
	}
	if c.Users == nil {
		r.Open = append(r.Open, "whether the marks are those of the users who gathered and of no others: this needs their user ids (--gathered)")
		return
	}
	r.check(Hash(c.Users) == r.Account.Gathered, "the user ids hash to what was recorded at the opening", "the user ids do not hash to what was recorded at the opening")
	_, own := Order(key, c.Users)
	same := len(own) == len(marks)
	for i := 0; same && i < len(own); i++ {
		same = own[i] == marks[i]
	}
	r.check(same, "the list is that of the user ids' marks, in order", "the list is not that of the user ids' marks in order")
}
