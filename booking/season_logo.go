package booking

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
)

// Logo is a season's logo without its data.
type Logo struct {
	Hash   string `bson:"hash"` // of the data
	Type   string `bson:"type"` // the media type
	Width  int    `bson:"width"`
	Height int    `bson:"height"`
}

// logosName is the collection of the data of logos. A document is inserted once and stays:
// a page that was served with an older logo may still ask for it.
const logosName = "logos"

// logoData is the document of one logo. Its _id is "season/hash".
type logoData struct {
	ID     string `bson:"_id"`
	Season string `bson:"season"`
	Type   string `bson:"type"`
	Data   []byte `bson:"data"`
	By     string `bson:"by"`
}

// SetLogo gives a season a logo, whose data the caller has made safe. Errors: not_found,
// unavailable.
func (b *Booking) SetLogo(ctx context.Context, id string, logo Logo, data []byte, by string) (Season, error) {
	if _, err := b.Season(ctx, id); err != nil {
		return Season{}, err
	}
	// The data comes first: every revision that names a logo can be served.
	_, err := b.o.Mongo.Collection(logosName).InsertOne(ctx, logoData{ID: id + "/" + logo.Hash, Season: id, Type: logo.Type, Data: data, By: by})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return Season{}, store.Fault(fmt.Errorf("writing the logo: %w", err))
	}
	return b.reviseLogo(ctx, id, logo, by)
}

// RemoveLogo removes a season's logo. Errors: not_found, unavailable.
func (b *Booking) RemoveLogo(ctx context.Context, id, by string) (Season, error) {
	return b.reviseLogo(ctx, id, Logo{}, by)
}

func (b *Booking) reviseLogo(ctx context.Context, id string, logo Logo, by string) (Season, error) {
	return b.revise(ctx, id, "logo", by, func(s Season, exists bool) (Season, error) {
		if !exists {
			return s, fault.New(fault.NotFound, "season %q not found", id)
		}
		s.Logo = logo
		return s, nil
	})
}

// LogoData returns the data of a season's logo of now. For another hash it looks whether
// another node has just changed the logo, at a bounded rate. Errors: not_found, unavailable.
func (b *Booking) LogoData(ctx context.Context, id, hash string) (Logo, []byte, error) {
	missing := fault.New(fault.NotFound, "season %q has no logo %q", id, hash)
	s, known := b.KnownSeason(ctx, id)
	if !known || s.Logo.Hash != hash {
		var err error
		if s, known, err = b.findNewSeason(ctx, id); err != nil {
			return Logo{}, nil, err
		}
	}
	if !known || hash == "" || s.Logo.Hash != hash {
		return Logo{}, nil, missing
	}
	var found logoData
	err := b.o.Mongo.Collection(logosName).FindOne(ctx, bson.D{{Key: "_id", Value: id + "/" + hash}}).Decode(&found)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return Logo{}, nil, missing
	}
	if err != nil {
		return Logo{}, nil, store.Fault(fmt.Errorf("reading the logo: %w", err))
	}
	return s.Logo, found.Data, nil
}
