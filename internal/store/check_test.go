package store

import (
	"strings"
	"testing"
)

// A password in a URL that is wrong, or wrongly escaped, stands in no error.
func TestErrorsOfAddressesShowNoPassword(t *testing.T) {
	for _, sign := range []string{"/", "?", "#", "@", ":", "[", "]", "%", "%zz", " ", "&", "?pass=", "/0?x=", "@@", "\x7f"} {
		password := "hun" + sign + "ter"
		for _, form := range []string{"redis://:%s@cache:6379/0", "redis://app:%s@cache", "redis://cache:6379/%s@", "rediss://app:12%s@cache?x=1", "mongodb://app:%s@db/usher", "mongodb://app:12%s@db", "mongodb+srv://app:%s@db"} {
			text := strings.ReplaceAll(form, "%s", password)
			o := Options{MongoDatabase: "usher"}
			if strings.HasPrefix(form, "redis") {
				o.RedisURLs = []string{text}
			} else {
				o.MongoURL = text
			}
			redis, mongo := o.Check()
			if strings.ContainsAny(sign, "/?#%") && len(redis)+len(mongo) == 0 {
				t.Errorf("%s is taken", text)
			}
			for _, err := range append(redis, mongo...) {
				if strings.Contains(err.Error(), "hun") {
					t.Errorf("%s: %v", text, err)
				}
				if !strings.Contains(err.Error(), "%2F") {
					t.Errorf("%s: %v does not say what to escape", text, err)
				}
			}
		}
	}
}
