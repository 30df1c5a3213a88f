package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFlagsWinOverTheSeasonsFile: what neither names has its default.
func TestFlagsWinOverTheSeasonsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gala.yaml")
	if err := os.WriteFile(file, []byte("id: gala\nactiveLimit: 250\nlease: 45s\nopensAt: 2027-03-01T10:00:00Z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plan, asJSON, err := readPlan([]string{"--season-file", file, "--lease", "30s", "--fans", "77", "--json"})
	if err != nil {
		t.Fatal(err)
	}
	s := plan.Settings
	if s.ActiveLimit != 250 || s.Lease != 30*time.Second || s.TurnWindow != time.Minute || plan.Fans != 77 || !asJSON {
		t.Errorf("the plan is %+v", plan)
	}
}

func TestAPlanThatMakesNoSenseIsRefusedWithEveryReason(t *testing.T) {
	_, _, err := readPlan([]string{"--fans", "0", "--buy", "2", "--wishes", "0.5"})
	if err == nil || !strings.Contains(err.Error(), "fans") || !strings.Contains(err.Error(), "buy") || !strings.Contains(err.Error(), "two returns") {
		t.Errorf("the refusal is %v", err)
	}
	if _, _, err := readPlan([]string{"--season-file", filepath.Join(t.TempDir(), "none.yaml")}); err == nil {
		t.Error("a file that is not there is no problem")
	}
}
