package booking

import (
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/store"
	"usher/internal/testkit"
)

// TestTheAuditKnowsTheDesk plants faults in the documents of sales at the desk.
func TestTheAuditKnowsTheDesk(t *testing.T) {
	testkit.Once(t)
	s := newStage(t, "", 4)
	b := s.node(nil)
	sold, err := b.SellAtDesk(s.ctx, s.deskRequest("k", "A-1"))
	wantSold(t, sold, err, 4500, "A-1")
	gift := s.deskRequest("gift", "A-2")
	gift.Method = DeskFree
	given, err := b.SellAtDesk(s.ctx, gift)
	wantSold(t, given, err, 0, "A-2")
	s.wantClean(b)
	log := s.stores.Mongo.Collection(auditName)
	orders := s.stores.Mongo.Collection(transactionsName)
	id, gone := sold.ID, bson.NewObjectID()
	oid, _ := bson.ObjectIDFromHex(id)
	givenID, _ := bson.ObjectIDFromHex(given.ID)
	set := func(field string, value any) bson.D {
		return bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}}
	}
	var row bson.D
	if err := log.FindOne(s.ctx, bson.D{{Key: "_id", Value: "desk_sale/" + id}}).Decode(&row); err != nil {
		t.Fatal(err)
	}
	for name, fault := range map[string]struct {
		plant, mend func() error
		says        string
	}{
		"no row": {
			func() error {
				_, err := log.DeleteOne(s.ctx, bson.D{{Key: "_id", Value: "desk_sale/" + id}})
				return err
			},
			func() error { _, err := log.InsertOne(s.ctx, row); return err },
			"the audit log does not say so",
		},
		"a row of no sale": {
			func() error {
				_, err := log.InsertOne(s.ctx, auditRow{ID: deskSaleRow(gone), Action: "desk_sale", Season: s.season})
				return err
			},
			func() error {
				_, err := log.DeleteOne(s.ctx, bson.D{{Key: "_id", Value: deskSaleRow(gone)}})
				return err
			},
			"whose transaction does not exist",
		},
		"another seller": {
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.by", "mallory@example.com"))
				return err
			},
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.by", "desk@example.com"))
				return err
			},
			"the audit log says otherwise",
		},
		"an unknown method": {
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.method", "barter"))
				return err
			},
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.method", "cash"))
				return err
			},
			"which does not exist",
		},
		"a sold seat given away": {
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.method", "free"))
				return err
			},
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.method", "cash"))
				return err
			},
			"charges 4500 for seat A-1",
		},
		"a wrong list price": {
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(givenID), set("lines.0.listPrice", int64(1)))
				return err
			},
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(givenID), set("lines.0.listPrice", int64(4500)))
				return err
			},
			"with the list price 1",
		},
		"money at the provider": {
			func() error {
				_, err := s.provider.Charge(s.ctx, payment.Charge{ID: id, Amount: 4500, Currency: "EUR", Details: payment.Details{Method: s.method, Token: payment.TokenOK}})
				return err
			},
			func() error { return s.provider.Refund(s.ctx, id, id+"/x", 4500) },
			"the provider holds 4500",
		},
	} {
		if err := fault.plant(); err != nil {
			t.Fatal(name, err)
		}
		report, err := b.Audit(s.ctx, s.season, AuditOptions{})
		if err != nil || !strings.Contains(fmt.Sprint(report.Findings), fault.says) {
			t.Errorf("%s: the audit finds %v, %v", name, report.Findings, err)
		}
		if err := fault.mend(); err != nil {
			t.Fatal(name, err)
		}
	}
	s.wantClean(b)
}
