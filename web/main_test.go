package web

import (
	"testing"

	"usher/internal/testkit"
	"usher/internal/testkit/conform"
)

func TestMain(m *testing.M) { testkit.Main(m, conform.Watch()) }
