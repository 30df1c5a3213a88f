package seats

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

const (
	cartsPerPage  = 100 // users whom one call reads
	fieldsPerPage = 500 // fields or keys that one call reads
)

// Audit runs audit.lua on seats and carts, or, without any, on the totals. Audit
// returns how many of the seats are held and a sentence for each finding.
func (s *Store) Audit(ctx context.Context, season string, args []any) (held int, findings []string, err error) {
	var r auditReply
	if _, err := s.call(ctx, s.Scripts.audit, season, &r, args...); err != nil {
		return 0, nil, err
	}
	return int(r.held), r.findings, nil
}

// Description is what Redis stores about the plan in force, for the queue to admit by.
type Description struct {
	Version, Describes string // the versions of the plan and of its description
	Seats, ForSale     string // how many seats the plan has and sells
	OffSale            string // bitmap of the seats that the plan does not sell
	ClosesAt           string // when the sale closes, in ms; "0": never
}

// Describe returns the description of the plan that the season sells by. Its fields are
// empty for a plan whose description no node has written yet.
func (s *Store) Describe(ctx context.Context, season string) (d Description, err error) {
	var version, offSale *redis.StringCmd
	var fields *redis.SliceCmd
	// One transaction: a plan that is published in between must not look wrong.
	_, err = s.Redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		version, offSale = p.Get(ctx, key("plan", season)), p.Get(ctx, key("offsale", season))
		fields = p.HMGet(ctx, key("sale", season), "describes", "seats", "forSale", "closesAt")
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return Description{}, err
	}
	d.Version, d.OffSale = version.Val(), offSale.Val()
	for i, field := range []*string{&d.Describes, &d.Seats, &d.ForSale, &d.ClosesAt} {
		*field, _ = fields.Val()[i].(string)
	}
	return d, nil
}

// CartUsers returns the users whose carts the season lists.
func (s *Store) CartUsers(ctx context.Context, season string) (map[string]bool, error) {
	users := map[string]bool{}
	for cursor := uint64(0); ; {
		page, next, err := s.Redis.ZScan(ctx, cartsKey(season), cursor, "", cartsPerPage).Result()
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(page); i += 2 {
			users[page[i]] = true
		}
		if cursor = next; cursor == 0 {
			return users, nil
		}
	}
}

// Walk calls hold with every seat that has a hold, and cart with every user who has a
// cart. Walk reads the keys of Redis a page at a time.
func (s *Store) Walk(ctx context.Context, season string, hold, cart func(name string)) error {
	holds, carts := key("hold", season)+":", key("cart", season)+":"
	walk := func(ctx context.Context, client redis.Cmdable) error {
		for prefix, each := range map[string]func(string){holds: hold, carts: cart} {
			for cursor := uint64(0); ; {
				page, next, err := client.Scan(ctx, cursor, prefix+"*", fieldsPerPage).Result()
				if err != nil {
					return err
				}
				for _, key := range page {
					each(strings.TrimPrefix(key, prefix))
				}
				if cursor = next; cursor == 0 {
					break
				}
			}
		}
		return nil
	}
	cluster, ok := s.Redis.(*redis.ClusterClient)
	if !ok {
		return walk(ctx, s.Redis)
	}
	// All keys of a season are on one server of a cluster: the one that has its epoch.
	server, err := cluster.MasterForKey(ctx, EpochKey(season))
	if err != nil {
		return err
	}
	return walk(ctx, server)
}

// Bought returns how many seats count against each user's limit.
func (s *Store) Bought(ctx context.Context, season string) (map[string]string, error) {
	all := map[string]string{}
	for cursor := uint64(0); ; {
		page, next, err := s.Redis.HScan(ctx, BoughtKey(season), cursor, "", fieldsPerPage).Result()
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(page); i += 2 {
			all[page[i]] = page[i+1]
		}
		if cursor = next; cursor == 0 {
			return all, nil
		}
	}
}
