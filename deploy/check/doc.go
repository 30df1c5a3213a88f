// Package check checks what no program of this machine runs: compose.yaml with the
// library of docker compose, and the Helm chart with Helm's own linter and templates,
// its output with the types of Kubernetes. It is a module of its own, so that Usher
// does not depend on the modules of Docker and Kubernetes; make lint runs it.
package check
