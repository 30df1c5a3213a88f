package app_test

import (
	"context"
	"encoding/json"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// clickBackendNode scrolls an element of the accessibility tree into view and
// clicks in its middle.
func clickBackendNode(ctx context.Context, id cdp.BackendNodeID) error {
	if err := dom.ScrollIntoViewIfNeeded().WithBackendNodeID(id).Do(ctx); err != nil {
		return err
	}
	box, err := dom.GetBoxModel().WithBackendNodeID(id).Do(ctx)
	if err != nil {
		return err
	}
	quad := box.Content
	x, y := (quad[0]+quad[4])/2, (quad[1]+quad[5])/2
	return chromedp.MouseClickXY(x, y, chromedp.ButtonType(input.Left)).Do(ctx)
}

// textOfBackendNode is what a person reads in an element.
func textOfBackendNode(ctx context.Context, id cdp.BackendNodeID) (string, error) {
	object, err := dom.ResolveNode().WithBackendNodeID(id).Do(ctx)
	if err != nil {
		return "", err
	}
	got, thrown, err := runtime.CallFunctionOn("function() { return this.innerText ?? this.textContent }").
		WithObjectID(object.ObjectID).WithReturnByValue(true).Do(ctx)
	if err != nil {
		return "", err
	}
	if thrown != nil {
		return "", thrown
	}
	var said string
	return said, json.Unmarshal(got.Value, &said)
}
