// Package look serves the organizer's look of each season: a logo, an accent color and a
// text on the waiting page.
//
// Entry points: [New] makes a [Site]; [Site.Of] says what is public about a season's look,
// [Site.Page] what the HTML of its pages needs of it. [Site.GetAdmin], [Site.Put],
// [Site.PutLogo] and [Site.DeleteLogo] are for admins; [Site.GetLogo] and [Site.GetAccent]
// serve the files. Where to look: admin.go changes a look, files.go serves it.
//
// Seasons keep the look (booking), internal/accent derives colors, internal/logo makes
// pictures safe. This package knows requests, and not who may send them.
package look
