package store

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Check returns the problems of the addresses, by store. The texts repeat no part of
// a URL that may belong to a password.
func (o Options) Check() (redis, mongo []error) {
	for i, text := range o.RedisURLs {
		if _, err := parseRedisURLs([]string{text}, o.RedisCA); err != nil {
			redis = append(redis, numbered(err, i, len(o.RedisURLs)))
		}
	}
	if len(redis) == 0 && len(o.RedisURLs) > 1 { // each URL alone is right
		if _, err := parseRedisURLs(o.RedisURLs, o.RedisCA); err != nil {
			redis = append(redis, err)
		}
	}
	if o.MongoURL != "" {
		if err := checkMongoURL(o.MongoURL); err != nil {
			mongo = append(mongo, err)
		}
	}
	return redis, mongo
}

func numbered(err error, i, of int) error {
	if of == 1 {
		return err
	}
	return fmt.Errorf("no. %d %w", i+1, err)
}

// escaping says how to write a password into a URL. Without escaping, these characters
// end the password early, and an error would show the rest of it as an address.
const escaping = "in a user's name or a password, / ? # @ : [ ] % and spaces must be percent-escaped: / is %2F, ? is %3F, # is %23, @ is %40, : is %3A, % is %25"

// secretive reports whether a URL may hold a password, so that an error must
// not repeat a part of it.
func secretive(text string) bool {
	return strings.Contains(text, "@") || strings.Contains(strings.ToLower(text), "pass")
}

// cutEarly reports whether an @ follows the address. Then the address was cut within
// the user's name or password.
func cutEarly(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	return strings.Contains(rest, "@") && strings.Contains((rest + "/")[strings.IndexAny(rest+"/", "/?#"):], "@")
}

// unreadable is the error of a URL that cannot be read because of cause.
func unreadable(text string, cause error) error {
	if secretive(text) {
		return errors.New("cannot be parsed (it is not repeated here, because it may have a password); " + escaping)
	}
	var whole *url.Error // its text repeats the URL
	if errors.As(cause, &whole) {
		cause = whole.Err
	}
	return fmt.Errorf("cannot be parsed: %w", cause)
}

// readRedisURL parses the URL of one server, with the options that go-redis does not
// know.
func readRedisURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, unreadable(text, err)
	}
	if u.Scheme != "redis" && u.Scheme != "rediss" && u.Scheme != "unix" {
		return nil, errors.New("does not begin with redis://, rediss:// or unix://")
	}
	if cutEarly(text) || strings.Contains(text, "#") {
		return nil, unreadable(text, errors.New("it has a #"))
	}
	return u, nil
}

func parseRedisURL(text string, u *url.URL) (*redis.Options, error) {
	parsed, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, unreadable(text, err)
	}
	return parsed, nil
}

func checkMongoURL(text string) error {
	if !strings.HasPrefix(text, "mongodb://") && !strings.HasPrefix(text, "mongodb+srv://") {
		return errors.New("does not begin with mongodb:// or mongodb+srv://")
	}
	if cutEarly(text) {
		return unreadable(text, nil)
	}
	if strings.HasPrefix(text, "mongodb+srv://") {
		// The driver would ask DNS here, which may not answer while a node starts.
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" {
			return unreadable(text, errors.Join(err, errors.New("it has no host")))
		}
		return nil
	}
	if err := options.Client().ApplyURI(text).Validate(); err != nil {
		return unreadable(text, err)
	}
	return nil
}
