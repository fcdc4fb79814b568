/* request.c - The signed text of a request: its one reader and writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * request.h has the grammar.  The reader and the writer of each line stand
 * next to each other, and the table FIELDS gives their order; check_lines
 * says which line goes with which action.  No other code may read or write
 * this text.  */

#include "request.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>
#include "../base/encode.h"
#include "../base/lines.h"
#include "../base/secret.h"

#define MAX_USERLEN 64
#define MAX_SECONDS 31622400    /* A leap year.  */

static const char *const action_names[] =
  {
    [REQUEST_OPEN] = "open",
    [REQUEST_CLOSE] = "close",
    [REQUEST_RUN] = "run",
    [REQUEST_RESULT] = "result",
    [REQUEST_PENDING] = "pending",
    [REQUEST_APPROVE] = "approve",
    [REQUEST_DENY] = "deny",
    [REQUEST_WHOAMI] = "whoami"
  };


gpg_error_t
request_new (request_t *r_req)
{
  *r_req = calloc (1, sizeof **r_req);
  return *r_req ? 0 : gpg_error_from_syserror ();
}


void
request_release (request_t req)
{
  unsigned int i;

  if (!req)
    return;
  free (req->user);
  free (req->reason);
  for (i = 0; i < REQUEST_MAX_ARGS; i++)
    free (req->arg[i].value);
  secret_wipe (req, sizeof *req);
  free (req);
}


const char *
request_action_name (enum request_action action)
{
  if (action < REQUEST_OPEN || action > REQUEST_WHOAMI)
    return NULL;
  return action_names[action];
}


enum request_action
request_action_find (const char *name)
{
  unsigned int i;

  for (i = REQUEST_OPEN; i <= REQUEST_WHOAMI; i++)
    if (!strcmp (action_names[i], name))
      return (enum request_action)i;
  return 0;
}


/* One HOST=PRIMARYFINGERPRINT, which must differ from those before it.  */
static gpg_error_t
take_target (request_t req, char *item)
{
  struct request_target *target;
  char *fpr = strchr (item, '=');
  unsigned int i;

  if (!fpr || req->n_targets == REQUEST_MAX_TARGETS)
    return gpg_error (GPG_ERR_BAD_DATA);
  *fpr++ = 0;
  target = &req->target[req->n_targets];
  if (lines_take_name (item, strlen (item), target->host)
      || lines_take_fpr (fpr, strlen (fpr), target->fpr))
    return gpg_error (GPG_ERR_BAD_DATA);
  for (i = 0; i < req->n_targets; i++)
    if (!strcmp (req->target[i].host, target->host)
        && !strcmp (req->target[i].fpr, target->fpr))
      return gpg_error (GPG_ERR_BAD_DATA);
  req->n_targets++;
  return 0;
}


static gpg_error_t
take_to (void *object, char *value, size_t len)
{
  gpg_error_t err = 0;
  char *item;

  (void)len;
  while (!err && (item = strsep (&value, ",")))
    err = take_target (object, item);
  return err;
}


static void
give_to (lines_out_t out, const void *object)
{
  const struct request_s *req = object;
  unsigned int i;

  if (!req->n_targets)
    return;
  lines_begin (out);
  for (i = 0; i < req->n_targets && i < REQUEST_MAX_TARGETS; i++)
    {
      lines_add (out, i ? "," : "");
      lines_add (out, req->target[i].host);
      lines_add (out, "=");
      lines_add (out, req->target[i].fpr);
    }
  lines_end (out);
}


static gpg_error_t
take_action (void *object, char *value, size_t len)
{
  request_t req = object;

  (void)len;
  req->action = request_action_find (value);
  return req->action ? 0 : gpg_error (GPG_ERR_BAD_DATA);
}


static void
give_action (lines_out_t out, const void *object)
{
  const struct request_s *req = object;

  lines_give_string (out, request_action_name (req->action));
}


static gpg_error_t
take_source (void *object, char *value, size_t len)
{
  request_t req = object;

  (void)len;
  if (!strcmp (value, "observed"))
    return 0;
  if (netspec_addr_parse (value, &req->source)
      || !netspec_addr_grantable (&req->source))
    return gpg_error (GPG_ERR_BAD_DATA);
  return 0;
}


static void
give_source (lines_out_t out, const void *object)
{
  const struct request_s *req = object;
  char text[NETSPEC_ADDRSTRLEN];

  lines_give_string (out, req->source.family == AF_UNSPEC ? "observed"
                     : netspec_addr_print (&req->source, text));
}


/* An IPv6 address stands in brackets: "[2001:db8::1]:22".  */
static gpg_error_t
take_forward (void *object, char *value, size_t len)
{
  request_t req = object;
  unsigned long long number;
  char *port = strrchr (value, ':');
  bool six = *value == '[';
  size_t n;

  (void)len;
  if (!port)
    return gpg_error (GPG_ERR_BAD_DATA);
  *port++ = 0;
  if (lines_take_number (port, strlen (port), UINT16_MAX, &number))
    return gpg_error (GPG_ERR_BAD_DATA);
  req->forward_port = (uint16_t)number;
  n = strlen (value);
  if (six && value[n - 1] == ']')
    {
      value[n - 1] = 0;
      value++;
    }
  if (netspec_addr_parse (value, &req->forward)
      || six != (req->forward.family == AF_INET6)
      || !netspec_addr_grantable (&req->forward))
    return gpg_error (GPG_ERR_BAD_DATA);
  return 0;
}


static void
give_forward (lines_out_t out, const void *object)
{
  const struct request_s *req = object;
  char text[NETSPEC_ADDRSTRLEN];
  bool six = req->forward.family == AF_INET6;

  if (req->forward.family == AF_UNSPEC)
    return;
  lines_begin (out);
  lines_add (out, six ? "[" : "");
  lines_add (out, netspec_addr_print (&req->forward, text));
  lines_add (out, six ? "]:" : ":");
  lines_add_number (out, req->forward_port);
  lines_end (out);
}


static gpg_error_t
take_arg (void *object, char *value, size_t len)
{
  request_t req = object;
  struct request_arg *arg;
  char *text = memchr (value, '=', len);
  unsigned int i;
  size_t n;

  if (!text || req->n_args == REQUEST_MAX_ARGS)
    return gpg_error (GPG_ERR_BAD_DATA);
  arg = &req->arg[req->n_args];
  *text++ = 0;
  if (lines_take_name (value, strlen (value), arg->name))
    return gpg_error (GPG_ERR_BAD_DATA);
  for (i = 0; i < req->n_args; i++)
    if (!strcmp (req->arg[i].name, arg->name))
      return gpg_error (GPG_ERR_BAD_DATA);
  if (decode_percent (text, strlen (text), &arg->value, &n))
    return gpg_error (GPG_ERR_BAD_DATA);
  req->n_args++;
  return memchr (arg->value, 0, n) ? gpg_error (GPG_ERR_BAD_DATA) : 0;
}


static void
give_arg (lines_out_t out, const void *object)
{
  const struct request_s *req = object;
  const struct request_arg *arg;
  unsigned int i;

  for (i = 0; i < req->n_args && i < REQUEST_MAX_ARGS; i++)
    {
      arg = &req->arg[i];
      lines_begin (out);
      lines_add (out, arg->name);
      lines_add (out, "=");
      if (arg->value)
        lines_add_percent (out, arg->value, strlen (arg->value));
      lines_end (out);
    }
}


static gpg_error_t
take_request (void *object, char *value, size_t len)
{
  request_t req = object;

  req->has_request = true;
  return lines_take_base64 (value, len, req->request, sizeof req->request);
}


static void
give_request (lines_out_t out, const void *object)
{
  const struct request_s *req = object;

  if (req->has_request)
    lines_give_base64 (out, req->request, sizeof req->request);
}


static const struct lines_field fields[] =
  {
    LINES_FIELD ("postern-request", true, false, lines_take_version,
                 lines_give_version, "not version 1"),
    LINES_MEMBER ("key", true, bytes, struct request_s, key, 0,
                  "not canonical base64 of 32 bytes"),
    LINES_NUMBER ("time", true, struct request_s, time, LINES_MAX_TIME,
                  "not seconds in range"),
    LINES_FIELD ("to", true, false, take_to, give_to,
                 "not 1 to 16 different HOST=FINGERPRINT"),
    LINES_FIELD ("action", true, false, take_action, give_action,
                 "unknown"),
    LINES_MEMBER ("user", false, text, struct request_s, user, MAX_USERLEN,
                  "not 1 to 64 bytes of clean, well encoded text"),
    LINES_FIELD ("source", true, false, take_source, give_source,
                 "neither 'observed' nor an address that can get a grant"),
    LINES_MEMBER ("ports", false, ports, struct request_s, ports, 0,
                  "not 1 to 16 ports or ranges that do not overlap"),
    LINES_NUMBER ("bind", false, struct request_s, bind, UINT16_MAX,
                  "not a port"),
    LINES_MEMBER ("once", false, yes, struct request_s, once, 0,
                  "not 'yes'"),
    LINES_NUMBER ("for", false, struct request_s, seconds, MAX_SECONDS,
                  "not seconds in range"),
    LINES_FIELD ("forward", false, false, take_forward, give_forward,
                 "not ADDRESS:PORT"),
    LINES_MEMBER ("command", false, name, struct request_s, command, 0,
                  "not a name"),
    LINES_FIELD ("arg", false, true, take_arg, give_arg,
                 "not one more NAME=VALUE, well encoded"),
    LINES_FIELD ("request", false, false, take_request, give_request,
                 "not canonical base64 of 32 bytes"),
    LINES_MEMBER ("reason", false, text, struct request_s, reason,
                  REQUEST_MAXLEN,
                  "not clean, well encoded text"),
    LINES_MEMBER ("emergency", false, yes, struct request_s, emergency, 0,
                  "not 'yes'"),
    LINES_MEMBER ("reply", false, no, struct request_s, no_reply, 0,
                  "not 'no'"),
    LINES_END
  };


/* What open needs, or NULL if all is well.  */
static const char *
check_open_lines (const struct request_s *req)
{
  const struct port_range *range = req->ports.range;

  if (!req->ports.n)
    return "ports: missing";
  if (req->forward.family != AF_UNSPEC
      && (req->ports.n != 1 || range->first != range->last))
    return "forward: goes with exactly one port";
  return NULL;
}


/* For the other actions: what goes with open only, or NULL.  */
static const char *
check_other_lines (const struct request_s *req)
{
  if (req->ports.n)
    return "ports: goes with open only";
  if (req->bind)
    return "bind: goes with open only";
  if (req->once)
    return "once: goes with open only";
  if (req->seconds)
    return "for: goes with open only";
  if (req->forward.family != AF_UNSPEC)
    return "forward: goes with open only";
  return NULL;
}


const char *
request_arg_value (request_t req, const char *name)
{
  unsigned int i;

  for (i = 0; i < req->n_args; i++)
    if (!strcmp (req->arg[i].name, name))
      return req->arg[i].value;
  return NULL;
}


uint32_t
request_from (request_t req)
{
  const char *text = request_arg_value (req, "from");
  unsigned long long value;

  if (!text || decode_decimal (text, strlen (text), REQUEST_MAX_FROM, &value))
    return 0;
  return (uint32_t)value;
}


static bool
is_short_id (const char *text)
{
  size_t len = strlen (text);

  return len >= REQUEST_SHORTLEN && len <= 2 * REQUEST_HASHLEN
         && strspn (text, "0123456789abcdef") == len;
}


/* The arguments that result and pending take, or NULL if all is well.  */
static const char *
check_args (request_t req)
{
  bool pending = req->action == REQUEST_PENDING;
  unsigned int i;

  if (req->action == REQUEST_RUN)
    return NULL;
  if (req->n_args && !pending && req->action != REQUEST_RESULT)
    return "arg: goes with run, result and pending only";
  for (i = 0; i < req->n_args; i++)
    if (!strcmp (req->arg[i].name, "from") ? !request_from (req)
        : !pending || strcmp (req->arg[i].name, "id")
          || !is_short_id (req->arg[i].value))
      return "arg: not one that goes with this action";
  return NULL;
}


/* Check which lines go with the action; NULL if all is well.  */
static const char *
check_lines (request_t req)
{
  enum request_action action = req->action;
  bool run = action == REQUEST_RUN;
  bool verdict = action == REQUEST_APPROVE || action == REQUEST_DENY;
  bool refers = verdict || action == REQUEST_RESULT;

  if (run && !*req->command)
    return "command: missing";
  if (!run && *req->command)
    return "command: goes with run only";
  if (check_args (req))
    return check_args (req);
  if (req->emergency && (!req->reason || (!run && action != REQUEST_OPEN)))
    return "emergency: goes with open and run, and with a reason only";
  if (refers && !req->has_request)
    return "request: missing";
  if (!refers && req->has_request)
    return "request: goes with approve, deny and result only";
  if ((refers || action == REQUEST_PENDING)
      && req->source.family != AF_UNSPEC)
    return "source: an address does not go with this action";
  return action == REQUEST_OPEN ? check_open_lines (req)
    : check_other_lines (req);
}


gpg_error_t
request_parse (const void *text, size_t len, request_t *r_req,
               const char **r_why)
{
  gpg_error_t err;
  request_t req;
  const char *why = NULL;

  *r_req = NULL;
  err = request_new (&req);
  if (err)
    {
      why = "out of memory";
      goto leave;
    }
  err = lines_read (fields, text, len, REQUEST_MAXLEN, req, &why);
  if (err)
    goto leave;
  why = check_lines (req);
  if (why)
    {
      err = gpg_error (GPG_ERR_BAD_DATA);
      goto leave;
    }
  *r_req = req;
  req = NULL;

 leave:
  if (r_why)
    *r_why = why;
  request_release (req);
  return err;
}


gpg_error_t
request_write (request_t req, char **r_text, size_t *r_len,
               const char **r_why)
{
  gpg_error_t err;
  request_t again = NULL;
  char *text = NULL;
  size_t len = 0;
  const char *why = NULL;

  *r_text = NULL;
  *r_len = 0;
  if (req->n_targets > REQUEST_MAX_TARGETS || req->n_args > REQUEST_MAX_ARGS
      || req->ports.n > NETSPEC_MAX_RANGES)
    {
      err = gpg_error (GPG_ERR_INV_VALUE);
      why = "too many servers, arguments or ports";
      goto leave;
    }
  err = lines_write (fields, req, REQUEST_MAXLEN, &text, &len);
  if (gpg_err_code (err) == GPG_ERR_TOO_LARGE)
    why = "the text is too long";
  if (err)
    goto leave;
  err = request_parse (text, len, &again, &why);
  if (err)
    {
      if (gpg_err_code (err) == GPG_ERR_BAD_DATA)
        err = gpg_error (GPG_ERR_INV_VALUE);
      goto leave;
    }
  *r_text = text;
  *r_len = len;
  text = NULL;

 leave:
  if (r_why)
    *r_why = why;
  lines_release (text, len);
  request_release (again);
  return err;
}


void
request_text_release (char *text, size_t len)
{
  lines_release (text, len);
}


void
request_hash (const void *text, size_t len,
              unsigned char hash[REQUEST_HASHLEN])
{
  gcry_md_hash_buffer (GCRY_MD_SHA256, hash, text, len);
}


bool
request_is_for (request_t req, const char *host, const char *fpr)
{
  unsigned int i;

  for (i = 0; i < req->n_targets; i++)
    if (!strcmp (req->target[i].host, host)
        && !strcmp (req->target[i].fpr, fpr))
      return true;
  return false;
}
