// Package dev is what usher-dev has beside the server itself: embedded stores, a
// local OpenID provider, the plan of a house, and a signing key that outlives a
// restart. Nothing that runs in production imports it; a test says so.
//
// Entry points: [StartStores], [NewProvider], [SeatPlanCSV], [SigningKey]. The
// demo season that puts a house on sale is in its package demo, because the
// rooms' own tests run on this one.
package dev
