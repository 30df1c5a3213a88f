package web

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"usher/internal/fault"
	"usher/internal/wire"
)

// TestPricesOfTypesOverREST: /seats, holds, purchases and tickets of a plan with categories
// and price types of any name.
func TestPricesOfTypesOverREST(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.org")
	const csv = "seatNumber,category,price,price:child,price:Ü 60\nA-1,Loge links,4500,2000,\nA-2,Loge links,4500,,3000\nB-1,Balcony,2500,,\n"
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv", csv).wants(t, http.StatusOK)
	var preview wire.PlanPreview
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats?dryRun=true", "text/csv", csv).wants(t, http.StatusOK).into(t, &preview)
	if len(preview.Categories) != 2 || !slices.Equal(preview.Categories[0].Types, []wire.SaleType{{Type: "child", From: 2000, To: 2000}, {Type: "Ü 60", From: 3000, To: 3000}}) {
		t.Errorf("the preview has %+v", preview.Categories)
	}

	var list wire.Seats
	ann.get(t, "/seats?season="+s.season+"&category="+url.QueryEscape("Loge links")).wants(t, http.StatusOK).into(t, &list)
	if len(list.Seats) != 2 || list.Seats[0].Prices["child"] != 2000 || list.Seats[1].Prices["Ü 60"] != 3000 {
		t.Errorf("the seats are %+v", list.Seats)
	}
	ann.get(t, "/seats?season="+s.season+"&category=Pit").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)

	ann.post(t, "/waitingList/join?season="+s.season, "").wants(t, http.StatusOK)
	holds := "/holds?season=" + s.season
	problem := ann.post(t, holds, `{"seats":["A-1",{"seatNumber":"A-2","type":"child"}]}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	if !slices.Equal(problem.Seats, []string{"A-2"}) {
		t.Errorf("the problem names %v", problem.Seats)
	}
	var cart wire.Cart
	ann.post(t, holds, `{"seats":[{"seatNumber":"A-1","type":"child"},"A-2"]}`).wants(t, http.StatusCreated).into(t, &cart)
	if cart.Total != 6500 || *cart.Seats[0].Type != "child" || cart.Seats[1].Type != nil {
		t.Errorf("the cart is %+v", cart)
	}
	ends := *cart.ExpiresAt
	ann.post(t, holds, `{"seats":[{"seatNumber":"A-2","type":"Ü 60"}]}`).wants(t, http.StatusCreated).into(t, &cart)
	if cart.Total != 5000 || *cart.ExpiresAt != ends {
		t.Errorf("with another type the cart is %+v, before it ended at %v", cart, ends)
	}
	var bought wire.Transaction
	ann.buy(t, "k", `{"seats":["A-1",{"seatNumber":"A-2","type":null}],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	if bought.Total != 6500 || *bought.Lines[0].Type != "child" || bought.Lines[1].Type != nil || *bought.Tickets[0].Type != "child" || bought.Tickets[0].Price != 2000 {
		t.Errorf("bought %+v", bought)
	}
}
