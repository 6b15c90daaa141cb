// Messages of reviews, tokens, scales and evictions, by their numbers on the wire (k8s.io/api authorization, authentication, autoscaling, policy).

/** One message a paragraph; `table.ts` says how fields are written. */
export const reviewMessages = `
SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec SelfSubjectAccessReviewSpec, 3 status
  SubjectAccessReviewStatus
SelfSubjectRulesReview: 1 metadata ObjectMeta, 2 spec SelfSubjectRulesReviewSpec, 3 status
  SubjectRulesReviewStatus
SubjectAccessReview: 1 metadata ObjectMeta, 2 spec SubjectAccessReviewSpec, 3 status SubjectAccessReviewStatus
LocalSubjectAccessReview: 1 metadata ObjectMeta, 2 spec SubjectAccessReviewSpec, 3 status
  SubjectAccessReviewStatus
SelfSubjectReview: 1 metadata ObjectMeta, 2 status SelfSubjectReviewStatus
TokenRequest: 1 metadata ObjectMeta, 2 spec TokenRequestSpec, 3 status TokenRequestStatus
Scale: 1 metadata ObjectMeta, 2 spec ScaleSpec, 3 status ScaleStatus
Eviction: 1 metadata ObjectMeta, 2 deleteOptions DeleteOptions
SelfSubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes
  NonResourceAttributes
SubjectAccessReviewStatus: 1 allowed bool, 4 denied bool, 2 reason, 3 evaluationError
SelfSubjectRulesReviewSpec: 1 namespace
SubjectRulesReviewStatus: 1 resourceRules ResourceRule[], 2 nonResourceRules NonResourceRule[], 3 incomplete
  bool, 4 evaluationError
SubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes,
  3 user, 4 groups string[], 5 extra ignored, 6 uid
SelfSubjectReviewStatus: 1 userInfo UserInfo
TokenRequestSpec: 1 audiences string[], 4 expirationSeconds int?, 3 boundObjectRef BoundObjectReference
TokenRequestStatus: 1 token, 2 expirationTimestamp time
ScaleSpec: 1 replicas int
ScaleStatus: 1 replicas int, 2 selector
ResourceAttributes: 1 namespace, 2 verb, 3 group, 4 version, 5 resource, 6 subresource, 7 name, 8 fieldSelector
  FieldSelectorAttributes, 9 labelSelector LabelSelectorAttributes
NonResourceAttributes: 1 path, 2 verb
ResourceRule: 1 verbs string[], 2 apiGroups string[], 3 resources string[], 4 resourceNames string[]
NonResourceRule: 1 verbs string[], 2 nonResourceURLs string[]
UserInfo: 1 username, 2 uid, 3 groups string[], 4 extra ignored
BoundObjectReference: 1 kind, 2 apiVersion, 3 name, 4 uid
FieldSelectorAttributes: 1 rawSelector, 2 requirements FieldSelectorRequirement[]
LabelSelectorAttributes: 1 rawSelector, 2 requirements LabelSelectorRequirement[]
`
