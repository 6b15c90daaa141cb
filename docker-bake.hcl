// All functions side by side: docker buildx bake, or docker buildx bake greeting-a. --print shows what would be built.
variable "REGISTRY" { default = "dev.local" }
variable "TAG" { default = "0.1.0" }
variable "REVISION" { default = "unknown" }
// Seconds since the epoch: the time of the commit makes builds of it equal.
variable "SOURCE_DATE_EPOCH" { default = "0" }
// The base, pinned by digest in the Dockerfile.
variable "NODE_IMAGE" { default = "" }

variable "FUNCTIONS" {
  default = [
    "assets/app-authorization-ms",
    "assets/asset-consumer",
    "assets/asset-dashboard-bff",
    "assets/asset-mgr-ms",
    "assets/authentication-ms",
    "assets/config-consumer",
    "assets/config-management-ms",
    "assets/risk-assess-ms",
    "assets/stats",
    "assets/user-consumer",
    "assets/user-management-ms",
    "bookinfo/details",
    "bookinfo/loadtester",
    "bookinfo/productpage",
    "bookinfo/ratings",
    "bookinfo/reviews",
    "commerce/customers",
    "commerce/exchanges",
    "commerce/frontend",
    "commerce/fulfillment",
    "commerce/inventory",
    "commerce/logging",
    "commerce/orders",
    "commerce/payments",
    "commerce/users",
    "greeting/a",
    "greeting/b",
    "greeting/c",
    "greeting/d",
    "greeting/e",
    "greeting/event-display",
    "greeting/f",
    "greeting/g",
    "greeting/gateway",
    "greeting/grpc",
    "greeting/grpc-gateway",
    "greeting/h",
    "greeting/ui",
    "probe/caller",
    "probe/echo",
    "probe/recorder",
    "probe/ticker",
    "relay/clock",
    "relay/core",
    "relay/front",
    "relay/middleware",
    "relay/worldtime",
  ]
}

group "default" {
  targets = ["function"]
}

target "function" {
  name = replace(function, "/", "-")
  matrix = {
    function = FUNCTIONS
  }
  args = {
    SUITE = split("/", function)[0]
    SERVICE = split("/", function)[1]
    VERSION = TAG
    REVISION = REVISION
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH
    NODE_IMAGE = NODE_IMAGE == "" ? null : NODE_IMAGE
  }
  tags = ["${REGISTRY}/${function}:${TAG}"]
  // Where the exporter can, layers bear these times too.
  output = ["type=image,rewrite-timestamp=true"]
}
