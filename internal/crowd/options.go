package crowd

import (
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"usher/internal/keys"
)

// Options describes a crowd. Problems returns what is wrong with the options.
type Options struct {
	URL      string // of the server: http(s)://host[:port]; ?season= names the season
	Season   string // "": the one of the URL, else the server's default season
	Fans     int
	Rate     float64       // arrivals a second; 0: all at once
	Duration time.Duration // of the whole, at most
	Buy      float64       // share of admitted fans who buy
	WalkAway float64       // share of fans who vanish while waiting
	Think    time.Duration // mean time a fan takes before each step
	Seed     uint64        // of every random choice

	Keys       *keys.Ring   // sign the fans' sessions; nil: fans sign in by POST /auth/dev
	LocalAddrs []netip.Addr // to connect from, in turn

	// Progress is called about once a second by Run's goroutine; nil: never.
	Progress func(Progress)

	// Goroutines uses a goroutine for each socket even where epoll is available.
	Goroutines bool
	// Grace is how much later a frame may arrive than a frame that the server sent
	// after it. 0 is defaultGrace.
	Grace time.Duration
}

// Defaults are the options of a crowd before any flag is read.
func Defaults() Options {
	return Options{
		URL: "http://127.0.0.1:8080", Fans: 1000, Rate: 100, Duration: time.Minute,
		Buy: 0.6, WalkAway: 0.1, Think: time.Second,
	}
}

// defaultGrace is far longer than a node needs to send a message to all its sockets.
const defaultGrace = 3 * time.Second

// Problems returns a sentence for each problem of the options.
func (o *Options) Problems() (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if u, err := url.Parse(o.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		wrong("--url %q is not http(s)://host[:port]", o.URL)
	}
	if o.Fans < 1 {
		wrong("--fans %d is not a number above 0", o.Fans)
	}
	if !(o.Rate >= 0) {
		wrong("--rate %v is negative; 0 lets all come at once", o.Rate)
	}
	if o.Duration <= 0 {
		wrong("--duration %v is not above 0", o.Duration)
	}
	if o.Think < 0 {
		wrong("--think %v is negative", o.Think)
	}
	for flag, share := range map[string]float64{"--buy": o.Buy, "--walk-away": o.WalkAway} {
		if !(share >= 0 && share <= 1) {
			wrong("%s %v is not a share from 0 to 1", flag, share)
		}
	}
	for _, local := range o.LocalAddrs {
		if local.Is4() != o.LocalAddrs[0].Is4() {
			wrong("--local-addr: %v and %v are not of one family", o.LocalAddrs[0], local)
		}
	}
	return problems
}

// server splits the URL into the server's base and the season.
func (o *Options) server() (base, season string) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return o.URL, o.Season
	}
	season = o.Season
	if season == "" {
		season = u.Query().Get("season")
	}
	u.RawQuery, u.Fragment = "", ""
	for len(u.Path) > 0 && u.Path[len(u.Path)-1] == '/' {
		u.Path = u.Path[:len(u.Path)-1]
	}
	return u.String(), season
}
