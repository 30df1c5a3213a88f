package wire_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/internal/wire"
)

func TestDecodeReadsEachFieldOfARequest(t *testing.T) {
	cases := map[string]struct {
		frame string
		want  wire.Request
	}{
		"an id that is a number":          {`{"type":"ping","id":1e400}`, wire.Request{Type: "ping", ID: []byte(`1e400`)}},
		"an id that is a string":          {`{"id":"\u00e9<b>","type":"ping"}`, wire.Request{Type: "ping", ID: []byte(`"\u00e9<b>"`)}},
		"no id":                           {` { "type" : "ping" } `, wire.Request{Type: "ping"}},
		"a join with a place":             {`{"type":"join","place":"a.b.c"}`, wire.Request{Type: "join", Place: "a.b.c"}},
		"a join with a place of null":     {`{"type":"join","place":null}`, wire.Request{Type: "join"}},
		"seats without a format":          {`{"type":"seats"}`, wire.Request{Type: "seats", Format: "names"}},
		"seats as bitmaps":                {`{"type":"seats","format":"bitmap"}`, wire.Request{Type: "seats", Format: "bitmap"}},
		"a hold of named seats":           {`{"type":"hold","seats":["A-1","é 2"]}`, wire.Request{Type: "hold", Seats: []string{"A-1", "é 2"}}},
		"a hold of the best seats":        {`{"type":"hold","best":{"count":64}}`, wire.Request{Type: "hold", Best: &wire.Best{Count: 64}}},
		"a release of everything":         {`{"type":"release"}`, wire.Request{Type: "release"}},
		"a release of none named":         {`{"type":"release","seats":[]}`, wire.Request{Type: "release"}},
		"a purchase":                      {`{"type":"purchase","key":"k","seats":["A-1"],"payment":{"method":"m","token":"t"}}`, wire.Request{Type: "purchase", Key: "k", Seats: []string{"A-1"}, Payment: wire.Payment{Method: "m", Token: "t"}}},
		"a purchase without a token":      {`{"type":"purchase","key":"k","seats":["A-1"],"payment":{"method":"m"}}`, wire.Request{Type: "purchase", Key: "k", Seats: []string{"A-1"}, Payment: wire.Payment{Method: "m"}}},
		"a key of 255 characters":         {`{"type":"purchase","key":"` + strings.Repeat("é", 255) + `","seats":["A-1"],"payment":{"method":"m","token":"t"}}`, wire.Request{Type: "purchase", Key: strings.Repeat("é", 255), Seats: []string{"A-1"}, Payment: wire.Payment{Method: "m", Token: "t"}}},
		"seats with types":                {`{"type":"hold","seats":["A-1",{"seatNumber":"A-2","type":"child"},{"seatNumber":"A-3","type":null},{"seatNumber":"A-4"}]}`, wire.Request{Type: "hold", Seats: []string{"A-1", "A-2", "A-3", "A-4"}, Types: map[string]string{"A-2": "child", "A-3": ""}}},
		"the best seats by a list":        {`{"type":"hold","best":{"count":1,"categories":["VIP","Loge"],"type":"child","upTo":9000}}`, wire.Request{Type: "hold", Best: &wire.Best{Count: 1, Categories: []string{"VIP", "Loge"}, Type: "child", UpTo: new(int64(9000))}}},
		"the best seats with every field": {`{"type":"hold","best":{"adjacent":true,"category":"Regular","count":1}}`, wire.Request{Type: "hold", Best: &wire.Best{Count: 1, Category: "Regular", Adjacent: true}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := wire.Decode([]byte(c.frame))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestDecodeRefusesWhatIsNotARequestAndSaysWhy(t *testing.T) {
	cases := map[string]struct {
		frame string
		says  string
		re    string // the id that must be known in spite of the error
	}{
		"nothing":                             {``, "not one JSON object", ""},
		"an array":                            {`[]`, "not a JSON object", ""},
		"a string":                            {`"status"`, "not a JSON object", ""},
		"null":                                {`null`, "not a JSON object", ""},
		"an object cut short":                 {`{"type":"ping"`, "not one JSON object", ""},
		"two objects":                         {`{"type":"ping"}{"type":"ping"}`, "not one JSON object", ""},
		"text after the object":               {`{"type":"ping"} x`, "not one JSON object", ""},
		"invalid UTF-8":                       {"{\"type\":\"ping\",\"id\":\"\xff\"}", "UTF-8", ""},
		"type is missing":                     {`{"id":7}`, "type is missing", `7`},
		"a type that is a number":             {`{"type":7,"id":7}`, "type must be a string", `7`},
		"a type that is null":                 {`{"type":null}`, "type must be a string", ""},
		"an unknown type":                     {`{"type":"purchace","id":"x"}`, `the nearest is "purchase"`, `"x"`},
		"an unknown type, another":            {`{"type":"Stats"}`, `the nearest is "status"`, ""},
		"a type in another case":              {`{"type":"PING"}`, `the nearest is "ping"`, ""},
		"a very long type":                    {`{"type":"` + strings.Repeat("hold", 1000) + `"}`, "the nearest is", ""},
		"the field type in another case":      {`{"Type":"ping"}`, "type is missing", ""},
		"a type twice":                        {`{"type":"ping","type":"leave"}`, `"type" occurs twice`, ""},
		"an id that is an object":             {`{"type":"ping","id":{}}`, "id must be", ""},
		"an id that is null":                  {`{"type":"ping","id":null}`, "id must be", ""},
		"an id that is true":                  {`{"type":"ping","id":true}`, "id must be", ""},
		"an unknown field":                    {`{"type":"ping","id":1,"pnig":1}`, `"pnig"`, `1`},
		"another type's field":                {`{"type":"leave","seats":["A-1"]}`, `leave has no field "seats"`, ""},
		"a field in another case":             {`{"type":"hold","Seats":["A-1"]}`, `"Seats"`, ""},
		"a place that is a number":            {`{"type":"join","place":1}`, "place must be a string", ""},
		"a place that is endless":             {`{"type":"join","place":"` + strings.Repeat("x", 4097) + `"}`, "place is longer", ""},
		"an unknown format":                   {`{"type":"seats","format":"csv"}`, "format must be", ""},
		"a hold of nothing":                   {`{"type":"hold"}`, "either seats or best", ""},
		"a hold of an empty list":             {`{"type":"hold","seats":[]}`, "at least one seat", ""},
		"a hold of both":                      {`{"type":"hold","seats":["A-1"],"best":{"count":1}}`, "either seats or best", ""},
		"seats that are a string":             {`{"type":"hold","seats":"A-1"}`, "seats must be an array of strings", ""},
		"seats that are null":                 {`{"type":"release","seats":null}`, "seats must be an array of strings", ""},
		"seats with a number":                 {`{"type":"hold","seats":["A-1",2]}`, "seats must be an array of strings", ""},
		"seats with null":                     {`{"type":"hold","seats":[null]}`, "seats must be an array of strings", ""},
		"65 seats":                            {`{"type":"hold","seats":[` + strings.Repeat(`"A-1",`, 64) + `"A-1"]}`, "at most 64", ""},
		"a seat without a name":               {`{"type":"hold","seats":[""]}`, "1 to 32 characters", ""},
		"a seat with 33 characters":           {`{"type":"hold","seats":["` + strings.Repeat("A", 33) + `"]}`, "1 to 32 characters", ""},
		"best as a number":                    {`{"type":"hold","best":2}`, "best: not a JSON object", ""},
		"best without a count":                {`{"type":"hold","best":{}}`, "best.count must be 1 to 64", ""},
		"best with half a seat":               {`{"type":"hold","best":{"count":1.5}}`, "best.count must be a whole number", ""},
		"best with too many":                  {`{"type":"hold","best":{"count":65}}`, "best.count must be 1 to 64", ""},
		"best with a count of null":           {`{"type":"hold","best":{"count":null}}`, "best.count must be a whole number", ""},
		"best with a count twice":             {`{"type":"hold","best":{"count":1,"count":2}}`, `"count" occurs twice`, ""},
		"best with an unknown field":          {`{"type":"hold","best":{"count":1,"row":"A"}}`, `best has no field "row"`, ""},
		"best with a long category":           {`{"type":"hold","best":{"count":1,"category":"` + strings.Repeat("é", 33) + `"}}`, "best.category", ""},
		"best with category and categories":   {`{"type":"hold","best":{"count":1,"category":"VIP","categories":["VIP"]}}`, "either category or categories", ""},
		"best with an empty category":         {`{"type":"hold","best":{"count":1,"categories":[""]}}`, "best.categories", ""},
		"best with a price below nothing":     {`{"type":"hold","best":{"count":1,"upTo":-1}}`, "best.upTo", ""},
		"best with a broken price":            {`{"type":"hold","best":{"count":1,"upTo":1.5}}`, "best.upTo", ""},
		"a seat with two types":               {`{"type":"hold","seats":["A-1",{"seatNumber":"A-1","type":"child"}]}`, "twice, with different types", ""},
		"a seat without a number":             {`{"type":"hold","seats":[{"type":"child"}]}`, "without seatNumber", ""},
		"a seat with an empty type":           {`{"type":"hold","seats":[{"seatNumber":"A-1","type":""}]}`, "null is the normal price", ""},
		"a seat with a long type":             {`{"type":"purchase","key":"k","seats":[{"seatNumber":"A-1","type":"` + strings.Repeat("x", 33) + `"}],"payment":{"method":"m","token":"t"}}`, "a price type has 1 to 32", ""},
		"a seat with a price":                 {`{"type":"hold","seats":[{"seatNumber":"A-1","price":1}]}`, `seats has no field "price"`, ""},
		"a release with a type":               {`{"type":"release","seats":[{"seatNumber":"A-1","type":"child"}]}`, "array of strings", ""},
		"a wish without seats":                {`{"type":"wish","id":3,"upTo":9000}`, "seats is missing", `3`},
		"a wish for seats by name":            {`{"type":"wish","seats":["A-1"]}`, "seats must be a whole number", ""},
		"a wish for half a seat":              {`{"type":"wish","seats":1.5}`, "seats must be a whole number", ""},
		"a wish for null seats":               {`{"type":"wish","seats":null}`, "seats must be a whole number", ""},
		"a wish for no seat":                  {`{"type":"wish","seats":0}`, "1 seat or more", ""},
		"a wish for nothing":                  {`{"type":"wish","seats":1,"upTo":0}`, "upTo is 0", ""},
		"a wish with a broken price":          {`{"type":"wish","seats":1,"upTo":"90"}`, "upTo must be a price", ""},
		"a wish with one category as text":    {`{"type":"wish","seats":1,"categories":"VIP"}`, "categories must be an array of strings", ""},
		"a wish with 101 categories":          {`{"type":"wish","seats":1,"categories":[` + strings.Repeat(`"VIP",`, 100) + `"VIP"]}`, "at most 100", ""},
		"a wish with an unknown field":        {`{"type":"wish","seats":1,"adjacent":true}`, `wish has no field "adjacent"`, ""},
		"unwish with seats":                   {`{"type":"unwish","seats":1}`, `unwish has no field "seats"`, ""},
		"best with an adjacent of 1":          {`{"type":"hold","best":{"count":1,"adjacent":1}}`, "best.adjacent", ""},
		"a purchase without a key":            {`{"type":"purchase","seats":["A-1"],"payment":{"method":"m","token":"t"}}`, "key must have", ""},
		"a purchase with a key of 256":        {`{"type":"purchase","key":"` + strings.Repeat("é", 256) + `","seats":["A-1"],"payment":{"method":"m","token":"t"}}`, "key must have", ""},
		"a purchase with a NUL in the key":    {`{"type":"purchase","key":"a\u0000","seats":["A-1"],"payment":{"method":"m","token":"t"}}`, "control characters", ""},
		"a purchase without seats":            {`{"type":"purchase","key":"k","payment":{"method":"m","token":"t"}}`, "at least one seat", ""},
		"a purchase without a payment":        {`{"type":"purchase","key":"k","seats":["A-1"]}`, "payment.method", ""},
		"a payment with a long token":         {`{"type":"purchase","key":"k","seats":["A-1"],"payment":{"method":"m","token":"` + strings.Repeat("t", 256) + `"}}`, "payment.token", ""},
		"a payment with a token that is 1":    {`{"type":"purchase","key":"k","seats":["A-1"],"payment":{"method":"m","token":1}}`, "payment.token must be a string", ""},
		"a payment with an amount of its own": {`{"type":"purchase","key":"k","seats":["A-1"],"payment":{"method":"m","token":"t","amount":1}}`, `payment has no field "amount"`, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := wire.Decode([]byte(c.frame))
			if fault.CodeOf(err) != fault.InvalidRequest {
				t.Fatalf("got %+v, %v", got, err)
			}
			var refused *fault.Error
			if !errors.As(err, &refused) {
				t.Fatalf("the error is %v", err)
			}
			if detail := refused.Detail; !strings.Contains(detail, c.says) || len(detail) > 300 {
				t.Errorf("the detail is %q, it should say %q", detail, c.says)
			}
			if string(got.ID) != c.re {
				t.Errorf("the id is %s, want %s", got.ID, c.re)
			}
		})
	}
}

func TestTheNearestTypeIsNamed(t *testing.T) {
	for written, want := range map[string]string{
		"sttaus": "status", "jon": "join", "entre": "enter", "holds": "hold", "relase": "release",
		"purchases": "purchase", "pong": "ping", "halp": "help", "seat": "seats",
	} {
		_, err := wire.Decode(fmt.Appendf(nil, `{"type":%q}`, written))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("the nearest is %q", want)) {
			t.Errorf("%s: %v, want %s named", written, err, want)
		}
	}
}
