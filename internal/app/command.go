package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Command is one command of a program.
type Command struct {
	Name string // as typed, with one space between words; "" is the program itself
	Args string // for the usage line, such as FILE.yaml
	What string // one line for the list of commands
	// Run executes the command. args are the words after the name.
	Run func(ctx context.Context, args []string) error
}

// UsageError says what is wrong with a command line. The program exits with 2.
type UsageError struct {
	Problems []string
	partial  bool // all flags that are right were read
}

func (e *UsageError) Error() string { return strings.Join(e.Problems, "\n") }

// helpWanted carries the text that --help of a command prints.
type helpWanted struct{ text string }

func (h *helpWanted) Error() string { return h.text }

// Main finds the command in the arguments, runs it until it ends or SIGINT or
// SIGTERM arrives, and returns the exit status: 0, 1 for a failure, 2 for a wrong
// command line.
func Main(program, about string, commands []Command) int {
	// After the first signal the default is restored: a second signal kills.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, program, about, commands, os.Args[1:], os.Stdout, os.Stderr)
}

func run(ctx context.Context, program, about string, commands []Command, args []string, stdout, stderr io.Writer) int {
	if len(args) > 1 && args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}
	if len(args) == 1 && args[0] == "--version" {
		fmt.Fprintln(stdout, thisBuild().line(program))
		return 0
	}
	command, rest := find(commands, args)
	if command == nil {
		text := overview(program, about, commands)
		some := group(commands, args)
		if len(some) > 0 {
			text = overview(program, about, some)
		}
		switch {
		case len(args) == 0:
			fmt.Fprintln(stdout, text)
			return 2
		case isHelp(args[0]), len(some) > 0 && len(args) == 2 && isHelp(args[1]):
			fmt.Fprintln(stdout, text)
			return 0
		}
		fmt.Fprintf(stderr, "%s: there is no command %q\n\n%s\n", program, strings.TrimSuffix(strings.Join(args, " "), " --help"), text)
		return 2
	}
	err := command.Run(ctx, rest)
	var help *helpWanted
	var usage *UsageError
	var exit *ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &help):
		fmt.Fprintln(stdout, help.text)
		return 0
	case errors.As(err, &exit):
		fmt.Fprintln(stderr, exit.Err)
		return exit.Status
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s cannot start:\n  %s\nRun it with --help for its options.\n",
			strings.TrimSpace(program+" "+command.Name), strings.Join(usage.Problems, "\n  "))
		return 2
	}
	fmt.Fprintf(stderr, "%s: %v\n", program, err)
	return 1
}

// ExitError ends a program with the given exit status.
type ExitError struct {
	Status int
	Err    error
}

func (e *ExitError) Error() string { return e.Err.Error() }

// find returns the command whose name is the longest that args begin with.
func find(commands []Command, args []string) (*Command, []string) {
	var best *Command
	var words int
	for i := range commands {
		name := strings.Fields(commands[i].Name)
		if len(name) > len(args) || strings.Join(args[:len(name)], " ") != strings.Join(name, " ") {
			continue
		}
		if best == nil || len(name) > words {
			best, words = &commands[i], len(name)
		}
	}
	return best, args[words:]
}

// group returns the commands whose names have several words and begin with the first
// of args: season apply and season list for season.
func group(commands []Command, args []string) []Command {
	if len(args) == 0 {
		return nil
	}
	var some []Command
	for _, c := range commands {
		if strings.HasPrefix(c.Name, args[0]+" ") {
			some = append(some, c)
		}
	}
	return some
}

func isHelp(arg string) bool { return arg == "help" || arg == "--help" || arg == "-h" }

func overview(program, about string, commands []Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nCommands:\n", about)
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-44s %s\n", strings.Join(strings.Fields(program+" "+c.Name+" "+c.Args), " "), c.What)
	}
	fmt.Fprintf(&b, "\n%[1]s COMMAND --help lists a command's options. %[1]s --version prints the version.", program)
	return b.String()
}

// AnyWords is for commands that take any number of words.
const AnyWords = -1

// ParseOrExplain parses a command's flags and checks how many words are left.
// Main prints its errors.
func (s *FlagSet) ParseOrExplain(args []string, words int) error {
	err := s.Parse(args, os.Getenv)
	switch {
	case errors.Is(err, ErrHelp):
		return &helpWanted{s.Help()}
	case err != nil:
		return &UsageError{Problems: append(s.Problems(), err.Error())}
	}
	problems := s.Problems()
	if words != AnyWords && s.NArg() != words {
		problems = append(problems, fmt.Sprintf("%s, %d expected (%s)", given(s.Args()), words, strings.SplitN(s.usage, "\n", 2)[0]))
	}
	if len(problems) > 0 {
		return &UsageError{Problems: problems, partial: true}
	}
	return nil
}

// given says which words a command line has that are no flags.
func given(words []string) string {
	switch len(words) {
	case 0:
		return "no argument given"
	case 1:
		return fmt.Sprintf("one argument given, %q", words[0])
	}
	return fmt.Sprintf("%d arguments given, %q", len(words), words)
}

// NewFrom makes the node that a command line describes. parse is the error of
// ParseOrExplain: values that could not be read are named in one message with the
// problems that New finds in the other options.
func NewFrom(o Options, parse error) (*App, error) {
	var unread, wrong *UsageError
	if parse != nil && (!errors.As(parse, &unread) || !unread.partial) {
		return nil, parse
	}
	node, err := New(o)
	switch {
	case unread == nil:
		return node, err
	case err == nil:
		node.Close()
	case errors.As(err, &wrong):
		unread.Problems = append(unread.Problems, wrong.Problems...)
	}
	return nil, unread
}

// IsHelp reports whether ParseOrExplain returned an error because --help was given.
func IsHelp(err error) bool {
	var help *helpWanted
	return errors.As(err, &help)
}
