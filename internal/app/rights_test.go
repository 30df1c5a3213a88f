package app_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// documentedACL returns the words of the ACL line of docs/operating.md.
func documentedACL(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^ACL SETUSER usher .*$`).FindString(string(text))
	if line == "" {
		t.Fatal("docs/operating.md has no ACL line")
	}
	return strings.Fields(line)
}

// restrictedRedis is a redis-server with the documented user, and a way to change
// the user's rights.
func restrictedRedis(t *testing.T) (url string, change func(rules ...any)) {
	t.Helper()
	r := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(r.Kill)
	admin := redis.NewClient(&redis.Options{Addr: strings.TrimPrefix(r.URL, "redis://")})
	t.Cleanup(func() { _ = admin.Close() })
	do := func(words ...any) {
		t.Helper()
		if err := admin.Do(t.Context(), words...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	var words []any
	for _, word := range documentedACL(t) {
		words = append(words, word)
	}
	do(words...)
	return "redis://usher:PASSWORD@" + strings.TrimPrefix(r.URL, "redis://"), func(rules ...any) {
		do(append([]any{"ACL", "SETUSER", "usher"}, rules...)...)
	}
}

// TestTheDocumentedUserIsEnough: a fan's whole path works with exactly the rights that
// docs/operating.md names.
func TestTheDocumentedUserIsEnough(t *testing.T) {
	t.Parallel()
	url, _ := restrictedRedis(t)
	o := oneAtATime()
	o.RedisURL = url
	roadOverREST(t, o)
}

// TestAMissingRightIsNamed: the node is not ready and names the right.
func TestAMissingRightIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		without []any
		want    string
	}{
		"channels":       {[]any{"resetchannels"}, "the channel seats:*"},
		"PUBLISH":        {[]any{"-publish"}, "the command PUBLISH"},
		"a script's own": {[]any{"-zremrangebyscore"}, "the command ZREMRANGEBYSCORE"},
		"one key":        {[]any{"resetkeys", "~[^h]*", "~h[^o]*"}, "the key hold:*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, change := restrictedRedis(t)
			change(c.without...)
			o := node.Shared(t)
			o.RedisURL = url
			p := node.LaunchNode(t, o)
			testkit.Eventually(t, 30*time.Second, "the missing right is named: "+c.want, func() bool {
				ready := readiness(t, p.URL)
				return strings.Contains(ready, "rights (Redis does not allow") && strings.Contains(ready, c.want)
			})
			var again []any
			for _, word := range documentedACL(t)[3:] {
				again = append(again, word)
			}
			change(again...)
			testkit.Eventually(t, 30*time.Second, "the node is ready with the right", func() bool { return readiness(t, p.URL) == "" })
		})
	}
}
