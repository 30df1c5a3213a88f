package store

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Check names what is wrong with the addresses, by store. The texts repeat no
// part of a URL that may be a password's.
func (o Options) Check() (redis, mongo []error) {
	for i, text := range o.RedisURLs {
		if _, err := parseRedisURLs([]string{text}, o.RedisCA); err != nil {
			redis = append(redis, numbered(err, i, len(o.RedisURLs)))
		}
	}
	if len(redis) == 0 && len(o.RedisURLs) > 1 { // each alone is right
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

// escaping says how a password is written into a URL. Left as they are, these
// characters end it early, and its rest would stand in errors as an address.
const escaping = "in a user's name or a password, / ? # @ : [ ] % and spaces must be percent-escaped: / is %2F, ? is %3F, # is %23, @ is %40, : is %3A, % is %25"

// secretive reports whether a URL may hold a password, so that an error must
// not repeat a part of it.
func secretive(text string) bool {
	return strings.Contains(text, "@") || strings.Contains(strings.ToLower(text), "pass")
}

// cutEarly reports whether an @ stands behind the address: then the address
// ended within a user's name or password.
func cutEarly(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	return strings.Contains(rest, "@") && strings.Contains((rest + "/")[strings.IndexAny(rest+"/", "/?#"):], "@")
}

// unreadable is the error of a URL that cannot be read because of cause.
func unreadable(text string, cause error) error {
	if secretive(text) {
		return errors.New("cannot be read (it is not repeated here, for it may hold a password); " + escaping)
	}
	var whole *url.Error // it repeats the URL
	if errors.As(cause, &whole) {
		cause = whole.Err
	}
	return fmt.Errorf("cannot be read: %w", cause)
}

// readRedisURL reads the URL of one server, and what it has beside the options
// that go-redis knows.
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
		// Reading it asks the name service, which may be away while a node starts.
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
