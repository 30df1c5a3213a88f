package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
)

// handler answers a request, or returns an error.
type handler func(w http.ResponseWriter, r *http.Request) error

// sessionHandler is a handler for a signed-in user.
type sessionHandler func(w http.ResponseWriter, r *http.Request, session auth.Session) error

// role decides which servers have a route.
type role int

const (
	both role = iota
	authRole
	ticketRole
)

type route struct {
	method  string
	path    string
	role    role
	handler handler
}

// routes lists every route, for any role.
func (s *Server) routes() []route {
	return []route{
		{"GET", "/healthz", both, s.getHealth},
		{"GET", "/readyz", both, s.getReady},
		{"GET", "/ws", both, s.getSocket},
		{"GET", "/events", both, s.getEvents},
		{"POST", "/events/answer", both, s.signedIn(bodiless(s.postAnswer))},

		{"GET", "/.well-known/jwks.json", authRole, s.getJWKS},
		{"POST", "/auth/google", authRole, s.postCredential},
		{"GET", "/auth/google", authRole, s.getProvider},
		{"GET", "/auth/google/callback", authRole, s.getCallback},
		{"POST", "/auth/with/{provider}", authRole, s.postCredential},
		{"GET", "/auth/with/{provider}", authRole, s.getProvider},
		{"GET", "/auth/with/{provider}/callback", authRole, s.getCallback},
		{"POST", "/auth/guest", authRole, s.postGuest},
		{"POST", "/auth/dev", authRole, s.postDev},
		{"GET", "/auth/me", authRole, s.signedIn(s.getMe)},
		{"GET", "/auth/status", authRole, s.signedIn(s.getMyStatus)},
		{"POST", "/auth/logout", authRole, s.postLogout},
		{"GET", "/auth/sessions", authRole, s.signedIn(s.getSessions)},
		{"DELETE", "/auth/sessions", authRole, s.signedIn(bodiless(s.deleteSessions))},
		{"DELETE", "/auth/sessions/{id}", authRole, s.signedIn(bodiless(s.deleteSession))},

		{"GET", "/waitingList/status", authRole, s.getLineStatus},
		{"POST", "/waitingList/join", authRole, s.signedIn(s.postJoin)},
		{"POST", "/waitingList/enter", authRole, s.signedIn(bodiless(s.postEnter))},
		{"POST", "/waitingList/leave", authRole, s.signedIn(bodiless(s.postLeave))},
		{"PUT", "/waitingList/wish", authRole, s.signedIn(s.putWish)},
		{"DELETE", "/waitingList/wish", authRole, s.signedIn(bodiless(s.deleteWish))},
		{"POST", "/waitingList/pass", authRole, s.signedIn(s.postPass)},
		{"POST", "/waitingList/pass/redeem", authRole, s.postRedeem},
		{"GET", "/gateway/check", authRole, s.gateway.Check},
		{"GET", "/waitingList/draw", authRole, s.getDraw},
		{"GET", "/waitingList/draw/list", authRole, s.getDrawList},

		{"GET", "/seasons", both, s.getSeasons},
		{"GET", "/seasons/{id}", both, s.getSeason},
		{"GET", "/seasons/{id}/logo/{hash}", both, s.look.GetLogo},
		{"GET", "/accents/{file}", both, s.look.GetAccent},

		{"GET", "/seasons/{id}/plan/{hash}", ticketRole, s.getSeatPlan},
		{"GET", "/seats", ticketRole, s.getSeats},
		{"GET", "/seats/{seatNumber}", ticketRole, s.getSeat},
		{"POST", "/holds", ticketRole, s.signedIn(s.postHolds)},
		{"GET", "/holds", ticketRole, s.signedIn(s.getHolds)},
		{"POST", "/holds/extend", ticketRole, s.signedIn(bodiless(s.postExtend))},
		{"DELETE", "/holds", ticketRole, s.signedIn(bodiless(s.deleteHolds))},
		{"DELETE", "/holds/{seatNumber}", ticketRole, s.signedIn(bodiless(s.deleteHold))},
		{"POST", "/transactions", ticketRole, s.signedIn(s.postTransactions)},
		{"GET", "/transactions", ticketRole, s.signedIn(s.getTransactions)},
		{"GET", "/transactions/{id}", ticketRole, s.signedIn(s.getTransaction)},
		{"POST", "/transactions/{id}/cancel", ticketRole, s.signedIn(s.postRefund)},
		{"POST", "/payments/stripe/webhook", ticketRole, s.postStripeWebhook},
		{"GET", "/payments/sandbox/{id}", ticketRole, s.getApproval},
		{"POST", "/payments/sandbox/{id}", ticketRole, s.postApproval},
		{"GET", "/tickets", ticketRole, s.getTicketsOrPage},
		{"GET", "/tickets/{id}", ticketRole, s.signedIn(s.getTicket)},
		{"GET", "/tickets/{id}/qr.png", ticketRole, s.signedIn(s.getTicketPNG)},
		{"GET", "/tickets/{id}/qr.svg", ticketRole, s.signedIn(s.getTicketSVG)},
		{"GET", "/tickets/{id}/ticket.pdf", ticketRole, s.signedIn(s.getTicketPDF)},
		{"GET", "/tickets/{id}/print", ticketRole, s.signedIn(s.getTicketPrint)},
		{"GET", "/tickets/{id}/event.ics", ticketRole, s.signedIn(s.getTicketEvent)},
		{"POST", "/checkins", ticketRole, s.staff(s.postCheckIns)},
		{"POST", "/checkins/scan", ticketRole, s.staff(s.postScan)},
		{"POST", "/checkins/lookup", ticketRole, s.staff(s.postLookup)},
		{"GET", "/checkins/voids", ticketRole, s.getVoids},
		{"GET", "/transactions/{id}/tickets.pdf", ticketRole, s.signedIn(s.getTransactionPDF)},
		{"GET", "/transactions/{id}/print", ticketRole, s.signedIn(s.getTransactionPrint)},

		{"GET", "/admin/seasons/{id}", both, s.admin(s.getAdminSeason)},
		{"GET", "/admin/seasons/{id}/check", both, s.admin(s.getAdminCheck)},
		{"GET", "/admin/seasons/{id}/rehearsals", both, s.admin(s.getAdminRehearsals)},
		{"PUT", "/admin/seasons/{id}", both, s.admin(s.putAdminSeason)},
		{"POST", "/admin/seasons/{id}/seats", both, s.admin(s.postAdminSeats)},
		{"POST", "/admin/seasons/{id}/pause", both, s.admin(s.postAdminPause)},
		{"POST", "/admin/seasons/{id}/resume", both, s.admin(bodiless(s.postAdminResume))},
		{"POST", "/admin/seasons/{id}/cancel", both, s.admin(by(s.office.PostCancel))},
		{"GET", "/admin/seasons/{id}/cancel", both, s.admin(anyAdmin(s.office.GetCancel))},
		{"PUT", "/admin/seasons/{id}/notice", both, s.admin(s.putAdminNotice)},
		{"GET", "/admin/seasons/{id}/look", both, s.admin(func(w http.ResponseWriter, r *http.Request, _ auth.Session) error { return s.look.GetAdmin(w, r) })},
		{"PUT", "/admin/seasons/{id}/look", both, s.admin(by(s.look.Put))},
		{"PUT", "/admin/seasons/{id}/look/logo", both, s.admin(by(s.look.PutLogo))},
		{"DELETE", "/admin/seasons/{id}/look/logo", both, s.admin(bodiless(by(s.look.DeleteLogo)))},
		{"POST", "/admin/seasons/{id}/codes", both, s.admin(by(s.presale.PostCodes))},
		{"GET", "/admin/seasons/{id}/codes", both, s.admin(anyAdmin(s.presale.GetCodes))},
		{"GET", "/admin/seasons/{id}/allotments", both, s.admin(anyAdmin(s.allotments.Get))},
		{"PUT", "/admin/seasons/{id}/allotments", both, s.admin(by(s.allotments.Put))},
		{"POST", "/admin/seasons/{id}/allotments", both, s.admin(by(s.allotments.PostFile))},
		{"GET", "/admin/seasons/{id}/allotments.csv", both, s.admin(s.getAdminAllotments(booking.CSV))},
		{"GET", "/admin/seasons/{id}/allotments.xlsx", both, s.admin(s.getAdminAllotments(booking.XLSX))},
		{"GET", "/admin/seasons/{id}/waiting", both, s.admin(s.getAdminWaiting)},
		{"GET", "/admin/seasons/{id}/active", both, s.admin(s.getAdminActive)},
		{"GET", "/admin/seasons/{id}/course", both, s.admin(anyAdmin(s.organizer.GetCourse))},
		{"GET", "/admin/seasons/{id}/users", both, s.admin(anyAdmin(s.organizer.FindUsers))},
		{"GET", "/admin/seasons/{id}/users/{userId}", both, s.admin(anyAdmin(s.organizer.GetUser))},
		{"DELETE", "/admin/seasons/{id}/users/{userId}", both, s.admin(bodiless(s.deleteAdminUser))},
		{"GET", "/admin/seasons/{id}/desk", both, s.atDesk(anyAdmin(s.desk.GetStock))},
		{"POST", "/admin/seasons/{id}/sales", both, s.atDesk(s.postAdminSale)},
		{"GET", "/admin/transactions", both, s.atDesk(s.getAdminTransactions)},
		{"POST", "/admin/transactions/{id}/cancel", both, s.atDesk(by(s.office.PostRefund))},
		{"POST", "/admin/transactions/{id}/move", both, s.atDesk(by(s.office.PostMove))},
		{"GET", "/admin/transactions/{id}", both, s.atDesk(anyAdmin(s.desk.GetTransaction))},
		{"GET", "/admin/transactions/{id}/receipt", both, s.atDesk(anyAdmin(s.desk.GetReceipt))},
		{"GET", "/admin/transactions/{id}/print", both, s.atDesk(s.getAdminPrint)},
		{"GET", "/admin/transactions/{id}/tickets.pdf", both, s.atDesk(s.getAdminPDF)},
		{"GET", "/admin/seasons/{id}/sold.csv", both, s.admin(s.getAdminSold(booking.CSV))},
		{"GET", "/admin/seasons/{id}/sold.xlsx", both, s.admin(s.getAdminSold(booking.XLSX))},
		{"GET", "/admin/seasons/{id}/takings.csv", both, s.admin(s.getAdminTakings(booking.CSV))},
		{"GET", "/admin/seasons/{id}/takings.xlsx", both, s.admin(s.getAdminTakings(booking.XLSX))},
		{"GET", "/admin/feed", both, s.admin(s.getAdminFeed)},
		{"GET", "/admin/audit-log", both, s.admin(s.getAdminAuditLog)},

		{"GET", "/openapi.yaml", both, s.docs.GetOpenAPI},
		{"GET", "/asyncapi.yaml", both, s.docs.GetAsyncAPI},
		{"GET", "/docs", both, s.docs.GetStart},
		{"GET", "/docs/{page}", both, s.docs.GetPage},
	}
}

// router builds the handler of the routes that this server's roles have. Other
// paths belong to the browser app, unless their first part is the API's.
func (s *Server) router() http.Handler { return s.routerOf(s.app(), s.routes()) }

func (s *Server) routerOf(app http.Handler, routes []route) http.Handler {
	r := chi.NewRouter()
	r.Use(s.observe, s.secureHeaders, s.cors, s.clientAddress, middleware.GetHead)
	api := map[string]bool{}
	for _, route := range routes {
		api[firstPart(route.path)] = true
		if route.role == authRole && !s.o.ServeAuth || route.role == ticketRole && !s.o.ServeTicket {
			continue
		}
		s.metrics.known(route.path)
		r.Method(route.method, route.path, s.serve(within(budgetOf(route.method, route.path), route.handler)))
	}
	if s.o.ServeAuth {
		// Envoy asks with any method and any path below the prefix, so this is no route of
		// the table.
		api[firstPart(envoyPath)] = true
		s.metrics.known(envoyPath)
		r.HandleFunc(envoyPath, s.checkForEnvoy)
	}
	for path, mounted := range s.o.Mount {
		r.Handle(path, s.local(mounted))
		r.Handle(path+"/*", s.local(mounted))
	}
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		isPage := !api[firstPart(r.URL.Path)] || r.URL.Path == "/admin"
		switch {
		case !isPage:
			s.fail(w, r, fault.New(fault.NotFound, "this path does not exist"))
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			s.refuseMethod(w, []string{http.MethodGet, http.MethodHead})
		default:
			app.ServeHTTP(w, r)
		}
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) {
		s.refuseMethod(w, allowed(r, req))
	})
	return r
}

func firstPart(path string) string {
	part, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return part
}

// allowed returns the methods that the path of r supports.
func allowed(routes chi.Routes, r *http.Request) []string {
	path := r.URL.RawPath
	if path == "" {
		path = r.URL.Path
	}
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if !routes.Match(chi.NewRouteContext(), method, path) {
			continue
		}
		methods = append(methods, method)
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	if methods == nil { // an unknown method on a page of the app
		methods = []string{http.MethodGet, http.MethodHead}
	}
	return methods
}

func (s *Server) refuseMethod(w http.ResponseWriter, allowed []string) {
	methods := strings.Join(allowed, ", ")
	w.Header().Set("Allow", methods)
	writeProblem(w, fault.New(fault.InvalidRequest, "this path supports only %s", methods),
		http.StatusMethodNotAllowed, "This method is not allowed here")
}

func (s *Server) serve(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// An invalid query must be refused: it would be read as empty, so the
		// default season would replace the season in the query.
		_, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			err = fault.Wrap(fault.InvalidRequest, err, "invalid query after the question mark")
		} else {
			err = h(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	}
}

// signedIn requires a session and, with a cookie, an allowed origin.
func (s *Server) signedIn(next sessionHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.checkOrigin(r); err != nil {
			return err
		}
		session, err := s.authenticate(r, s.limits.requests)
		if err != nil {
			return err
		}
		return next(w, r, session)
	}
}

// by is a handler that records who asks.
func by(next func(w http.ResponseWriter, r *http.Request, by string) error) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		return next(w, r, session.User.Signature())
	}
}

// admin requires the role of an admin.
func (s *Server) admin(next sessionHandler) handler {
	return s.signedIn(func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		if !session.User.Has(auth.RoleAdmin) {
			s.loggedRefusal(r, session, auth.RoleAdmin)
			return fault.New(fault.Forbidden, "only an admin may do this")
		}
		return next(w, r, session)
	})
}

// atDesk requires the role of the desk or of an admin.
func (s *Server) atDesk(next sessionHandler) handler {
	return s.signedIn(func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		if !session.User.Has(auth.RoleDesk) && !session.User.Has(auth.RoleAdmin) {
			s.loggedRefusal(r, session, auth.RoleDesk)
			return fault.New(fault.Forbidden, "only the desk or an admin may do this")
		}
		return next(w, r, session)
	})
}

// anyAdmin is a handler that does not ask which admin, or who at the desk, calls.
func anyAdmin(next handler) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, _ auth.Session) error { return next(w, r) }
}

const (
	// barePolicy is for answers that are no pages: opened in a browser they load
	// and run nothing.
	barePolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// permissions allow the camera, for the gate, and no other device. Chromium does not
	// know bluetooth on every system, and logs each name that it does not know.
	permissions = "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), hid=(), midi=(), accelerometer=(), gyroscope=(), magnetometer=()"
)

// secureHeaders sets security headers on every answer.
func (s *Server) secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		h.Set("Content-Security-Policy", barePolicy) // pages replace it
		if s.origins.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// answerJSON answers with v. No cache stores the answer, unless the handler has set
// Cache-Control.
func answerJSON(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(text) // fails only if the caller has closed the connection
	return nil
}
