/* approve.c - postern approve and deny: a verdict on another's request.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The signed text is fetched, hashed here, and shown; then that whole hash is
 * signed.  So a server cannot have one request approved and carry out another
 * one.  Nothing may be signed that was not shown, unless the person gave the
 * whole hash.  */

#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/wrap.h"
#include "../ask/batch.h"
#include "../ask/confirm.h"
#include "../password/password.h"
#include "../ask/select.h"
#include "../ask/waiting.h"

#define LABEL 12                /* Columns of a line's name.  */

struct verdict
{
  const char *verb;
  const struct options *options;
  profile_t profile;
  const struct profile_host *host;
  const char *id;
  unsigned char hash[REQUEST_HASHLEN];
};


static void
show_field (const char *label, const char *value)
{
  fprintf (stderr, "  %-*s ", LABEL, label);
  wrap_print (stderr, value, LABEL + 3);
}


/* VALUE as it was before it was percent-encoded, if that can be shown,
   with PREFIX before it.  */
static void
show_decoded (const char *label, const char *prefix, const char *value)
{
  char *plain = NULL, *text;
  size_t len;
  bool good = !decode_percent (value, strlen (value), &plain, &len)
    && encode_is_line (plain, len);

  text = gpgrt_bsprintf ("%s%s%s", prefix, good ? plain : value, good ? ""
                         : " (percent-encoded, because of its odd characters)");
  show_field (label, text ? text : "?");
  gpgrt_free (text);
  free (plain);
}


/* The servers: ours, by the key that this profile knows, and the others.  */
static void
show_targets (const struct verdict *v, char *value)
{
  const struct profile_host *host = v->host;
  char *item, *fpr, text[2 * NETSPEC_NAMELEN];

  while ((item = strsep (&value, ",")))
    {
      fpr = item + strcspn (item, "=");
      if (*fpr)
        *fpr++ = 0;
      gpgrt_snprintf (text, sizeof text, "%s%s", item,
                      strcmp (item, host->host) || strcmp (fpr, host->server)
                      ? " (another server)" : "");
      show_field ("host", text);
    }
}


/* One line of the signed text.  What is not named here stands for itself, so
   that nothing is left out.  */
static void
show_line (const struct verdict *v, const char *name, char *value)
{
  char *text, prefix[NETSPEC_NAMELEN + 2], stamp[REPORT_TIMELEN];

  if (!strcmp (name, "postern-request") || !strcmp (name, "key"))
    return;
  if (!strcmp (name, "time"))
    /* As of 1970, so with its date.  */
    show_field ("signed", report_time ((time_t) strtoll (value, NULL, 10), 0,
                                       stamp));
  else if (!strcmp (name, "to"))
    show_targets (v, value);
  else if (!strcmp (name, "reason") || !strcmp (name, "user"))
    show_decoded (name, "", value);
  else if (!strcmp (name, "arg"))
    {
      text = value + strcspn (value, "=");
      if (*text)
        *text++ = 0;
      gpgrt_snprintf (prefix, sizeof prefix, "%s=", value);
      show_decoded ("argument", prefix, text);
    }
  else if (!strcmp (name, "source") && !strcmp (value, "observed"))
    show_field (name, "observed: where the request came from");
  else if (!strcmp (name, "for"))
    {
      gpgrt_snprintf (prefix, sizeof prefix, "%.20s s", value);
      show_field (name, prefix);
    }
  else
    show_field (name, value);
}


/* What the requester signed, line by line.  It was parsed before.  */
static void
show_text (const struct verdict *v, const char *text)
{
  char *copy = strdup (text), *rest = copy, *line, *value;

  while (rest && (line = strsep (&rest, "\n")))
    if ((value = strstr (line, ": ")))
      {
        *value = 0;
        show_line (v, line, value + 2);
      }
  if (!copy)
    fputs ("  out of memory\n", stderr);
  free (copy);
}


static void
show_request (const struct verdict *v, json_t *object)
{
  char hex[2 * REQUEST_HASHLEN + 1], *line = waiting_line (object);

  encode_hex (v->hash, REQUEST_HASHLEN, hex);
  fprintf (stderr, "%s says that %.32s asks for this:\n\n", v->host->name,
           waiting_word (object, "user"));
  show_text (v, waiting_text (object, "text"));
  show_field ("id", hex);
  fprintf (stderr, "\nEach line of that was signed.  %s also says:\n\n    ",
           v->host->name);
  wrap_print (stderr, line ? line : "?", 4);
  fputc ('\n', stderr);
  gpgrt_free (line);
}


static int
refuse_text (const struct verdict *v, const char *why)
{
  log_error ("%s: %s: %s; nothing was signed", v->verb, v->host->name, why);
  return EX_PROTOCOL;
}


/* The text must have the hash that was named, be for this host, and be of an
   action that may need approval.  */
static int
check_text (struct verdict *v, json_t *object, request_t *r_req)
{
  const char *text = waiting_text (object, "text");
  char hex[2 * REQUEST_HASHLEN + 1];

  *r_req = NULL;
  request_hash (text, strlen (text), v->hash);
  encode_hex (v->hash, REQUEST_HASHLEN, hex);
  if (strncmp (hex, v->id, strlen (v->id)))
    return refuse_text (v,
                        "the server showed a request that does not have this"
                        " ID");
  if (request_parse (text, strlen (text), r_req, NULL))
    return refuse_text (v, "what the server showed is not a request");
  if (!request_is_for (*r_req, v->host->host, v->host->server))
    return refuse_text (v, "the request is not for this host");
  if ((*r_req)->action != REQUEST_OPEN && (*r_req)->action != REQUEST_RUN)
    return refuse_text (v, "the request cannot be pending");
  return -1;
}


/* A person who gave the whole ID has named exactly this request.  */
static int
confirm_verdict (const struct verdict *v)
{
  if (!strcmp (v->verb, "deny") || strlen (v->id) == 2 * REQUEST_HASHLEN)
    return -1;
  return confirm_ask (v->verb, "Approve this?", "not approved; nothing was"
                      " signed", "give the whole ID, of 64 digits");
}


static int
send_verdict (struct verdict *v)
{
  struct compose_ask ask;

  compose_ask_one (&ask, strcmp (v->verb, "deny") ? REQUEST_APPROVE
                   : REQUEST_DENY, v->host, v->options);
  ask.reason = v->options->reason;
  ask.request = v->hash;
  ask.password = password_wanted (v->options, v->host, false);
  return batch_ask (v->profile, v->options, &ask, 1);
}


static int
judge_shown (struct verdict *v)
{
  request_t req = NULL;
  json_t *list, *object;
  int rc;

  rc = waiting_fetch (v->verb, v->options, v->profile, v->host, v->id, &list);
  if (rc >= 0)
    return rc;
  object = json_array_get (list, 0);
  rc = object ? check_text (v, object, &req)
    : refuse_text (v, "the server showed nothing");
  if (rc < 0)
    {
      show_request (v, object);
      rc = confirm_verdict (v);
    }
  request_release (req);
  json_decref (list);
  return rc < 0 ? send_verdict (v) : rc;
}


static int
begin_verdict (const char *verb, const struct options *options)
{
  struct verdict v = { .verb = verb, .options = options };
  size_t len;
  int rc;

  if (options->n_args != 2)
    return kit_usage (verb, "it takes HOST and ID");
  v.id = options->arg[1];
  len = strlen (v.id);
  if (len < REQUEST_SHORTLEN || len > 2 * REQUEST_HASHLEN
      || strspn (v.id, "0123456789abcdef") != len)
    return kit_usage (verb, "'%.80s' is not a valid ID: 8 to 64 of 0-9 and a-f,"
                      " as 'postern pending' shows them", v.id);
  rc = select_open (verb, options, &v.profile, &v.host);
  if (rc < 0)
    rc = judge_shown (&v);
  profile_close (v.profile);
  return rc;
}


int
approve_verb (const struct options *options)
{
  return begin_verdict ("approve", options);
}


int
deny_verb (const struct options *options)
{
  return begin_verdict ("deny", options);
}
