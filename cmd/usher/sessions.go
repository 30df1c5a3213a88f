package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/app"
)

const sessionsRevokeUsage = `usher sessions revoke --user ID | --all

Ends every session of a user, or of all users, that was issued until now. Every node
refuses its token from then on and closes its sockets and streams, also a token that
another program made with the signing key. Users may sign in again at once; they keep
their places in the line for as long as an absent user does. The command says nothing
about sessions that are issued later: after the theft of a signing key, replace the
key on every node first. docs/operating.md has the steps.`

func sessionsRevoke(ctx context.Context, args []string) error {
	o := app.Defaults()
	var user string
	var all bool
	flags := app.NewFlagSet("sessions revoke", sessionsRevokeUsage)
	flags.StringVar(&user, "user", "", "`id` of the user: 24 hexadecimal digits")
	flags.BoolVar(&all, "all", false, "every session of every user")
	o.StoreFlags(flags)
	o.Log.Flags(flags)
	if err := flags.ParseOrExplain(args, 0); err != nil {
		return err
	}
	if all == (user != "") {
		return &app.UsageError{Problems: []string{"either --user or --all must be given"}}
	}
	if _, err := bson.ObjectIDFromHex(user); !all && err != nil {
		return &app.UsageError{Problems: []string{fmt.Sprintf("--user %q is not a user's id, which has 24 hexadecimal digits", user)}}
	}
	user = strings.ToLower(user) // as ids are written
	services, err := app.OpenServices(o)
	if err != nil {
		return err
	}
	defer services.Close()
	// In another Redis than the nodes' the command would end nothing.
	if err := services.SameRedis(ctx); err != nil {
		return err
	}
	var before time.Time
	if all {
		before, err = services.Cutoffs().RevokeAll(ctx, operator(), time.Now())
	} else {
		before, err = services.Cutoffs().RevokeUser(ctx, user, operator(), time.Now())
	}
	if err != nil {
		return fmt.Errorf("the sessions may be ended in part: run the command again: %w", err)
	}
	// A session of the same second would be over at once: let it pass, so that a user may
	// sign in when the command has ended.
	time.Sleep(time.Until(before))
	whose := "all users"
	if !all {
		whose = "user " + user
	}
	fmt.Printf("every session of %s that was issued before %s is over\n", whose, before.Format(time.RFC3339))
	return nil
}
