package app_test

import (
	"testing"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

func TestMain(m *testing.M) { testkit.Main(m, node.RemovePrograms) }
