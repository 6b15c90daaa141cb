# Reads the entries of a traffic block ("REVISION TAG PERCENT LATEST", "-" for nothing), writes the block as JSON with
# `percent` for the revision `canary` and the rest for `stable`, or for whichever has most when that is not given. Tags stay.
$1 != "-" || $4 == "true" {
  name = $4 == "true" ? latest : $1
  if (!(name in share)) names[++count] = name
  share[name] += $3 == "-" ? 0 : $3
  if ($2 != "-") tags[name] = tags[name] " " $2
}
END {
  if (!(canary in share)) names[++count] = canary
  for (i = 1; i <= count; i++) {
    if (names[i] == canary || stable != "" && names[i] != stable) continue
    if (chosen == "" || share[names[i]] > share[chosen]) chosen = names[i]
  }
  if (chosen == "" && stable != "") { chosen = stable; names[++count] = stable }
  if (chosen == "" && percent < 100) exit 1
  for (i = 1; i <= count; i++) {
    given = names[i] == canary ? percent : names[i] == chosen ? 100 - percent : 0
    parts = split(tags[names[i]], tag, " ")
    # Without a tag and without a share an entry says nothing.
    if (parts == 0 && given == 0) continue
    # A revision with several tags has an entry for each, the first with its share.
    for (j = 1; j <= (parts ? parts : 1); j++) {
      line = "{\"revisionName\":\"" names[i] "\",\"percent\":" (j == 1 ? given : 0)
      if (parts) line = line ",\"tag\":\"" tag[j] "\""
      list = list (list == "" ? "" : ",") line "}"
    }
  }
  print "{\"spec\":{\"traffic\":[" list "]}}"
}
