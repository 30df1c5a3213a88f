package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"usher/booking"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// document reads a document of this repository.
func document(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheSeasonsOfTheDocumentsAreApplied: every season file that a document shows is
// applied by the program, which refuses a field that it does not know.
func TestTheSeasonsOfTheDocumentsAreApplied(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	o := node.Shared(t)
	node.OnSale(t, o)
	stores := []string{"--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database}
	folder := t.TempDir()
	applied := map[string]bool{}
	for _, path := range [][]string{{"docs", "operating.md"}, {"docs", "getting-started.md"}, {"docs", "box-office.md"}, {"deploy", "example", "spring-gala.yaml"}} {
		text := document(t, path...)
		if strings.HasSuffix(path[len(path)-1], ".yaml") {
			text = "```yaml\n" + text + "```"
		}
		for _, block := range regexp.MustCompile("(?s)(?:```yaml|<<'END')\n(id: .*?)(?:```|END)").FindAllStringSubmatch(text, -1) {
			settings, err := booking.SettingsFromYAML([]byte(block[1]))
			if err != nil {
				t.Errorf("%v: %v\n%s", path, err, block[1])
				continue
			}
			file := filepath.Join(folder, settings.ID+".yaml")
			if err := os.WriteFile(file, []byte(block[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			if printed, status := node.Run(t, "usher", append([]string{"season", "apply", file}, stores...)...); status != 0 {
				t.Errorf("%v, season %s: exit status %d: %s", path, settings.ID, status, printed)
			}
			applied[settings.ID] = true
		}
	}
	for _, want := range []string{"spring-gala", "premiere", "winter-gala", "autumn-premiere", "arena-night", "stadium-tour"} {
		if !applied[want] {
			t.Errorf("no document has the season %s", want)
		}
	}
	plan := regexp.MustCompile(`(?s)<<'END'\n(seatNumber,.*?)END`).FindStringSubmatch(document(t, "docs", "box-office.md"))
	if plan == nil {
		t.Fatal("docs/box-office.md has no seat plan")
	}
	house := filepath.Join(folder, "house.csv")
	if err := os.WriteFile(house, []byte(plan[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	if printed, status := node.Run(t, "usher", append([]string{"seats", "import", "--season", "winter-gala", house}, stores...)...); status != 0 || !strings.Contains(printed, "47 seats") {
		t.Errorf("the plan of docs/box-office.md: exit status %d: %s", status, printed)
	}
	wrong := filepath.Join(folder, "wrong.yaml")
	if err := os.WriteFile(wrong, []byte("id: wrong\nname: Wrong\nactivelimit: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if printed, status := node.Run(t, "usher", append([]string{"season", "apply", wrong}, stores...)...); status == 0 {
		t.Errorf("an unknown field is applied: %s", printed)
	}
}

// TestThePicturesOfTheDocumentsAreSmall: a clone and a page should load quickly.
func TestThePicturesOfTheDocumentsAreSmall(t *testing.T) {
	for pattern, most := range map[string]int64{"docs/*.png": 300 << 10, "docs/screens/*.png": 200 << 10} {
		found, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("no picture is %s: %v", pattern, err)
		}
		for _, path := range found {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() > most {
				t.Errorf("%s has %d bytes, at most %d are right", path, info.Size(), most)
			}
		}
	}
}
