package check

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

const chartDir = "../helm/usher"

// parse reads values as an operator writes them.
func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	values := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// few are the values that no operator can leave out.
const few = `options: {payments: sandbox, season: spring-gala}`

// all turns on every object of the chart.
const all = `
options:
  payments: stripe
  season: spring-gala
  public-url: https://tickets.example.org
  trusted-proxy: [10.0.0.0/8, fd00::/8]
  max-sockets: 12000
secretOptions:
  stripe-secret-key: {secret: usher-stripe, key: secret-key}
keys: {secret: other-keys, signing: [new.pem, old.pem], ticket: [ticket.pem]}
image: {repository: registry.example.org/usher, tag: 1.4.2, pullSecrets: [registry]}
ingress: {enabled: true, className: nginx, host: tickets.example.org, tlsSecret: tickets-tls}
autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 12, socketsPerNode: 9000}
networkPolicy:
  enabled: true
  from: [{namespaceSelector: {matchLabels: {name: ingress}}}]
  opsFrom: [{namespaceSelector: {matchLabels: {name: monitoring}}}]
  to: [{ports: [{port: 6379}, {port: 27017}, {port: 443}]}]
podMonitor: {enabled: true, labels: {release: prometheus}}
podAnnotations: {example.org/owner: tickets}
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{key: tickets, operator: Exists}]
`

// render returns what the chart makes, by kind, and NOTES.txt under "NOTES".
func render(t *testing.T, values string) (map[string]string, error) {
	t.Helper()
	chart, err := loader.LoadDir(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := chartutil.ToRenderValues(chart, parse(t, values), chartutil.ReleaseOptions{Name: "spring", Namespace: "tickets", IsInstall: true}, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(chart, merged)
	if err != nil {
		return nil, err
	}
	made := map[string]string{}
	for name, text := range files {
		switch {
		case strings.TrimSpace(text) == "" || strings.HasSuffix(name, ".tpl"):
		case strings.HasSuffix(name, "NOTES.txt"):
			made["NOTES"] = text
		default:
			var object struct{ Kind string }
			if err := yaml.Unmarshal([]byte(text), &object); err != nil {
				t.Fatalf("%s is not YAML: %v\n%s", name, err, text)
			}
			if made[object.Kind] != "" || object.Kind == "" {
				t.Fatalf("%s: kind %q", name, object.Kind)
			}
			made[object.Kind] = text
		}
	}
	return made, nil
}

// decode reads an object with the type of Kubernetes, which must know every field.
func decode[T any](t *testing.T, made map[string]string, kind string) *T {
	t.Helper()
	if made[kind] == "" {
		t.Fatalf("the chart makes no %s", kind)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict([]byte(made[kind]), object); err != nil {
		t.Fatalf("%s: %v\n%s", kind, err, made[kind])
	}
	return object
}

// TestTheChartLints: Helm's linter finds nothing but the missing icon.
func TestTheChartLints(t *testing.T) {
	for name, values := range map[string]string{"few values": few, "all values": all} {
		linter := lint.All(chartDir, parse(t, values), "tickets", true)
		for _, message := range linter.Messages {
			if message.Severity >= support.WarningSev {
				t.Errorf("%s: %v", name, message)
			}
		}
	}
}

// TestTheChartRefusesWrongValues: the schema names what is wrong.
func TestTheChartRefusesWrongValues(t *testing.T) {
	for _, c := range []struct{ name, values, says string }{
		{"no payments", `options: {season: a}`, "payments"},
		{"a secret among the options", `options: {payments: stripe, stripe-secret-key: sk_live_1}`, "stripe-secret-key"},
		{"an address that the chart sets", `options: {payments: stripe, listen: ":80"}`, "listen"},
		{"a flag as a variable", `options: {payments: stripe, USHER_SEASON: a}`, "USHER_SEASON"},
		{"a misspelt value", few + "\nreplica: 3", "replica"},
		{"no Redis", few + "\nsecretOptions: {redis-url: null}", "redis-url"},
		{"an ingress without a host", few + "\ningress: {enabled: true}", "host"},
		{"less time than a node drains", few + "\ndrain: {preStopSeconds: 20, gracePeriodSeconds: 40}", "gracePeriodSeconds must be more"},
	} {
		if _, err := render(t, c.values); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, without %q", c.name, err, c.says)
		}
	}
}

// TestTheChartWithFewValues: two nodes, which may be evicted one at a time, and nothing
// that was not asked for.
func TestTheChartWithFewValues(t *testing.T) {
	made, err := render(t, few)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ConfigMap", "Deployment", "NOTES", "PodDisruptionBudget", "Service"}
	if got := slices.Sorted(maps.Keys(made)); !slices.Equal(got, want) {
		t.Errorf("the chart makes %v, want %v", got, want)
	}
	if d := decode[appsv1.Deployment](t, made, "Deployment"); *d.Spec.Replicas != 2 {
		t.Errorf("%d nodes", *d.Spec.Replicas)
	}
	if config := decode[corev1.ConfigMap](t, made, "ConfigMap").Data; config["USHER_SEASON"] != "spring-gala" || config["USHER_TRUSTED_PROXY"] != "" {
		t.Errorf("options: %v", config)
	}
	for _, warning := range []string{"takes no money", "trusted-proxy is empty"} {
		if !strings.Contains(made["NOTES"], warning) {
			t.Errorf("no warning that has %q in:\n%s", warning, made["NOTES"])
		}
	}
}

// TestANodeInKubernetes: where a node gets its options and secrets from, how it shows
// that it is ready, how it leaves, and what it may not do.
func TestANodeInKubernetes(t *testing.T) {
	made, err := render(t, all)
	if err != nil {
		t.Fatal(err)
	}
	d := decode[appsv1.Deployment](t, made, "Deployment")
	if d.Spec.Replicas != nil {
		t.Error("the chart sets the number of nodes, which the autoscaler does")
	}
	if roll := d.Spec.Strategy.RollingUpdate; roll.MaxUnavailable.IntValue() != 0 || roll.MaxSurge.IntValue() != 1 {
		t.Errorf("an update takes nodes away first: %v", roll)
	}
	pod := d.Spec.Template.Spec
	for key, value := range d.Spec.Selector.MatchLabels {
		if d.Spec.Template.Labels[key] != value {
			t.Errorf("the selector's %s=%s is no label of the pods", key, value)
		}
	}
	node := pod.Containers[0]
	if node.Image != "registry.example.org/usher:1.4.2" || !slices.Equal(node.Args, []string{"serve"}) {
		t.Errorf("runs %s %v", node.Image, node.Args)
	}

	config := decode[corev1.ConfigMap](t, made, "ConfigMap").Data
	for name, want := range map[string]string{
		"USHER_LISTEN": ":8080", "USHER_OPS_LISTEN": ":9090", "USHER_PAYMENTS": "stripe",
		"USHER_SIGNING_KEY":   "/etc/usher/keys/new.pem,/etc/usher/keys/old.pem",
		"USHER_TICKET_KEY":    "/etc/usher/keys/ticket.pem",
		"USHER_TRUSTED_PROXY": "10.0.0.0/8,fd00::/8", "USHER_MAX_SOCKETS": "12000",
		"USHER_PUBLIC_URL": "https://tickets.example.org",
	} {
		if config[name] != want {
			t.Errorf("%s is %q, want %q", name, config[name], want)
		}
	}
	secrets := map[string]string{}
	for _, variable := range node.Env {
		if variable.ValueFrom == nil || variable.ValueFrom.SecretKeyRef == nil {
			t.Errorf("%s is not taken from a Secret", variable.Name)
			continue
		}
		secrets[variable.Name] = variable.ValueFrom.SecretKeyRef.Name + "/" + variable.ValueFrom.SecretKeyRef.Key
	}
	wantSecrets := map[string]string{
		"USHER_REDIS_URL": "usher-stores/redis-url", "USHER_MONGO_URL": "usher-stores/mongo-url",
		"USHER_STRIPE_SECRET_KEY": "usher-stripe/secret-key",
	}
	if !maps.Equal(secrets, wantSecrets) {
		t.Errorf("secrets %v, want %v", secrets, wantSecrets)
	}
	if secret := pod.Volumes[0].Secret; secret.SecretName != "other-keys" || *secret.DefaultMode != 0o400 {
		t.Errorf("keys: %+v", secret)
	}

	ready, live, stop := node.ReadinessProbe, node.LivenessProbe, node.Lifecycle.PreStop.Sleep
	if ready.HTTPGet.Path != "/readyz" || live.HTTPGet.Path != "/healthz" {
		t.Errorf("probes %v and %v", ready.HTTPGet, live.HTTPGet)
	}
	if gone := int64(ready.PeriodSeconds * ready.FailureThreshold); stop.Seconds < gone {
		t.Errorf("a node sleeps %d s before it drains, less than the %d s until it is found not ready", stop.Seconds, gone)
	}
	if grace := *pod.TerminationGracePeriodSeconds; grace <= stop.Seconds+20 {
		t.Errorf("%d s to end are too few for %d s and a drain of 20 s", grace, stop.Seconds)
	}

	safe := node.SecurityContext
	if *safe.AllowPrivilegeEscalation || !*safe.ReadOnlyRootFilesystem || !slices.Equal(safe.Capabilities.Drop, []corev1.Capability{"ALL"}) ||
		!*pod.SecurityContext.RunAsNonRoot || pod.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault || *pod.AutomountServiceAccountToken {
		t.Errorf("rights: %+v, %+v", pod.SecurityContext, safe)
	}
	var spread []string
	for _, constraint := range pod.TopologySpreadConstraints {
		spread = append(spread, constraint.TopologyKey)
	}
	if !slices.Equal(spread, []string{"kubernetes.io/hostname", "topology.kubernetes.io/zone"}) {
		t.Errorf("spread over %v", spread)
	}
}

// TestWhatGoesWithTheNodes: the objects beside the Deployment belong to its pods.
func TestWhatGoesWithTheNodes(t *testing.T) {
	made, err := render(t, all)
	if err != nil {
		t.Fatal(err)
	}
	d := decode[appsv1.Deployment](t, made, "Deployment")
	pods := d.Spec.Selector.MatchLabels

	service := decode[corev1.Service](t, made, "Service")
	if port := service.Spec.Ports[0]; port.TargetPort.StrVal != "http" || !maps.Equal(service.Spec.Selector, pods) {
		t.Errorf("service: %v to %v", port, service.Spec.Selector)
	}
	budget := decode[policyv1.PodDisruptionBudget](t, made, "PodDisruptionBudget")
	if budget.Spec.MaxUnavailable.IntValue() != 1 || !maps.Equal(budget.Spec.Selector.MatchLabels, pods) {
		t.Errorf("budget: %+v", budget.Spec)
	}
	scaler := decode[autoscalingv2.HorizontalPodAutoscaler](t, made, "HorizontalPodAutoscaler").Spec
	metric := scaler.Metrics[0].Pods
	if scaler.ScaleTargetRef.Name != d.Name || *scaler.MinReplicas != 3 || scaler.MaxReplicas != 12 ||
		metric.Metric.Name != "usher_ws_connections" || metric.Target.AverageValue.String() != "9k" {
		t.Errorf("autoscaler: %+v", scaler)
	}
	ingress := decode[networkingv1.Ingress](t, made, "Ingress")
	rule := ingress.Spec.Rules[0]
	if rule.Host != "tickets.example.org" || rule.HTTP.Paths[0].Backend.Service.Name != service.Name || ingress.Spec.TLS[0].SecretName != "tickets-tls" {
		t.Errorf("ingress: %+v", ingress.Spec)
	}
	policy := decode[networkingv1.NetworkPolicy](t, made, "NetworkPolicy").Spec
	if !maps.Equal(policy.PodSelector.MatchLabels, pods) || len(policy.Ingress) != 2 || len(policy.Egress) != 2 {
		t.Errorf("network policy: %+v", policy)
	}
	for i, port := range []string{"http", "ops"} {
		if rule := policy.Ingress[i]; rule.Ports[0].Port.StrVal != port || len(rule.From) != 1 {
			t.Errorf("network policy, rule %d: %+v", i, rule)
		}
	}
	if monitor := made["PodMonitor"]; !strings.Contains(monitor, "port: ops") || !strings.Contains(monitor, "release: prometheus") {
		t.Errorf("pod monitor:\n%s", monitor)
	}
}
