package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestBitOperatorsAreParenthesized: in Go, ^ and | have the same precedence, and & has
// that of *, unlike in C and JavaScript. Expressions that mix them need parentheses.
func TestBitOperatorsAreParenthesized(t *testing.T) {
	t.Parallel()
	group := map[token.Token]int{
		token.OR: 1, token.XOR: 2, token.AND: 3, token.AND_NOT: 3,
		token.ADD: 4, token.SUB: 4, token.MUL: 5, token.QUO: 5, token.REM: 5, token.SHL: 6, token.SHR: 6,
	}
	files := token.NewFileSet()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			outer, ok := n.(*ast.BinaryExpr)
			if !ok || group[outer.Op] == 0 {
				return true
			}
			for _, side := range []ast.Expr{outer.X, outer.Y} {
				inner, ok := side.(*ast.BinaryExpr)
				if ok && group[inner.Op] != 0 && group[inner.Op] != group[outer.Op] && min(group[inner.Op], group[outer.Op]) <= 2 {
					t.Errorf("%s: %s and %s without parentheses", files.Position(inner.Pos()), inner.Op, outer.Op)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
