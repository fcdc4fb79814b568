/* exchange.c - One request, from the options to the report.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The order matters: names are resolved first, so that nothing is signed for a
 * host that cannot be reached; then the password is read, and only then the
 * request is signed, since its time is that of the signature; the password is
 * wiped as soon as all is sealed, before any waiting.  */

#include "exchange.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "address.h"
#include "commands.h"
#include "../profile/host-warnings.h"
#include "../password/password.h"
#include "../progress.h"
#include "requests.h"


/* Log on one line what failed; returns the exit code.  */
static int
fail_exchange (struct exchange *x, gpg_error_t err, char *message)
{
  return log_exit_code (log_failure (err, message, "%s", x->verb));
}


void
exchange_begin (struct exchange *x, const struct options *options,
                profile_t profile, const struct compose_ask *ask)
{
  const struct profile_host *host;
  size_t i;

  memset (x, 0, sizeof *x);
  x->options = options;
  x->verb = request_action_name (ask->action);
  x->profile = profile;
  x->ask = *ask;
  for (i = 0; i < ask->n_hosts; i++)
    {
      host = ask->host[i];
      x->item[i].name = host->name;
      x->item[i].host = host;
      if (host->settings.timeout > x->timeout)
        x->timeout = host->settings.timeout;
    }
  if (options->set & OPTION_TIMEOUT || !x->timeout)
    x->timeout = options->timeout;
}


void
exchange_end (struct exchange *x)
{
  size_t i;

  for (i = 0; i < x->ask.n_hosts; i++)
    reply_release (x->item[i].reply);
  for (i = 0; i < x->n_lost; i++)
    gpgrt_free (x->lost[i].message);
  compose_release (x->compose);
  credential_release (x->credential);
  carrier_release (x->carrier);
}


/* The address that gets the grant: the person's choice, or this machine's
   own.  */
static void
settle_source (struct exchange *x)
{
  char text[NETSPEC_ADDRSTRLEN];

  if (x->ask.action != REQUEST_OPEN)
    return;
  if (!x->ask.has_source)
    address_own (x->carrier, x->ask.n_hosts, &x->ask.source);
  log_debug ("source: %s", x->ask.source.family
             ? netspec_addr_print (&x->ask.source, text) : "observed");
}


/* Warn of a door key that ends soon, while it still works.  */
static void
warn_of_doors (const struct compose_ask *ask)
{
  size_t i;

  for (i = 0; i < ask->n_hosts; i++)
    host_warnings_log (host_warnings_door (ask->host[i], time (NULL)));
}


/* Check HOST, and add it to the carrier.  */
static gpg_error_t
prepare_host (struct exchange *x, const struct profile_host *host,
              uint16_t bind, char **r_message)
{
  struct compose_ask one = x->ask;
  gpg_error_t err;

  one.n_hosts = 1;
  one.host[0] = host;
  err = compose_check (&one, r_message);
  if (err)
    return err;
  return carrier_add (x->carrier,
                      (const char (*)[INVITE_ADDRLEN + 1]) host->address,
                      host->n_addresses, host->port,
                      x->options->set & OPTION_FAMILY
                      ? x->options->family : host->settings.family,
                      bind, r_message);
}


/* Take host number I out of the request.  */
static void
lose_host (struct exchange *x, size_t i, gpg_error_t err, char *message)
{
  struct exchange_lost *lost = x->lost + x->n_lost++;

  lost->host = x->ask.host[i];
  lost->status = log_exit_code (err);
  lost->message = message;
  for (x->ask.n_hosts--; i < x->ask.n_hosts; i++)
    {
      x->ask.host[i] = x->ask.host[i + 1];
      x->item[i] = x->item[i + 1];
    }
}


/* True if no single address of ours is valid for all of the hosts.  */
static bool
must_divide (struct exchange *x)
{
  return x->ask.n_hosts > 1 && compose_is_observed (&x->ask);
}


int
exchange_prepare (struct exchange *x, uint16_t bind)
{
  gpg_error_t err;
  char *message = NULL;
  size_t i = 0;

  err = carrier_new (x->timeout * 1000, &x->carrier);
  while (!err && i < x->ask.n_hosts)
    {
      err = prepare_host (x, x->ask.host[i], bind, &message);
      if (!err)
        i++;
      else if (x->several)
        {
          lose_host (x, i, err, message);
          err = 0;
        }
    }
  if (err)
    return fail_exchange (x, err, message);
  settle_source (x);
  if (!must_divide (x))
    warn_of_doors (&x->ask);
  return -1;
}


/* The least size of a request: a reply is no larger than its request, so one
   with a long reply is padded.  */
static size_t
room_for_reply (struct exchange *x, size_t limit)
{
  enum request_action action = x->ask.action;

  return action == REQUEST_WHOAMI || action == REQUEST_RUN
    || action == REQUEST_RESULT || action == REQUEST_PENDING ? limit : 0;
}


/* Not larger than what every path carries, unless the message itself needs
   it: then as large as all of the host's addresses take, or better some of
   them than none.  */
static gpg_error_t
seal_host (struct exchange *x, size_t i, unsigned char *dgram, size_t *r_len,
           char **r_message)
{
  size_t all = carrier_limit (x->carrier, i, false);
  size_t limits[] = { all < SEAL_PATH ? all : SEAL_PATH, all,
                      carrier_limit (x->carrier, i, true) };
  size_t n;
  gpg_error_t err;

  err = compose_seal (x->compose, i, room_for_reply (x, limits[0]), limits[0],
                      dgram, r_len, r_message);
  for (n = 1; n < 3 && gpg_err_code (err) == GPG_ERR_TOO_LARGE; n++)
    if (limits[n] > limits[n - 1])
      {
        gpgrt_free (*r_message);
        err = compose_seal (x->compose, i, 0, limits[n], dgram, r_len,
                            r_message);
      }
  log_debug ("%s: datagram of %zu bytes (limit %zu)", x->item[i].name,
             *r_len, all);
  return err;
}


/* The password comes first: the request's time is that of the signature, and
   nothing must be signed if no password is given.  */
static gpg_error_t
compose_signed (struct exchange *x, char **r_message)
{
  const struct compose_ask *ask = &x->ask;
  gpg_error_t err = 0;

  *r_message = NULL;
  if (ask->password)
    err = password_get (x->options, ask->host[0], ask->user, &x->credential,
                        r_message);
  if (!err)
    err = compose_new (x->profile, &x->ask, &x->compose, r_message);
  if (!err)
    compose_attach (x->compose, x->credential);
  return err;
}


/* All is sealed: forget the password before any waiting.  */
static void
forget_password (struct exchange *x)
{
  if (x->compose)
    compose_attach (x->compose, NULL);
  credential_release (x->credential);
  x->credential = NULL;
}


int
exchange_compose (struct exchange *x)
{
  gpg_error_t err;
  char *message;
  unsigned char dgram[SEAL_MAX];
  size_t i, len;

  err = compose_signed (x, &message);
  for (i = 0; i < x->ask.n_hosts && !err; i++)
    {
      err = seal_host (x, i, dgram, &len, &message);
      if (!err)
        err = carrier_load (x->carrier, i, dgram, len);
    }
  forget_password (x);
  if (err)
    return fail_exchange (x, err, message);
  log_debug ("request %s", compose_id (x->compose));
  return -1;
}


/* Accept only what opens with the one-time key: anybody can send us a
   datagram.  */
static bool
accept_reply (void *hook, size_t host, const void *dgram, size_t len)
{
  struct exchange *x = hook;
  reply_t reply;
  gpg_error_t err;

  err = compose_reply (x->compose, dgram, len, &reply);
  if (err)
    {
      log_debug ("%s: a datagram that is not a reply to this: %s",
                 x->item[host].name, gpg_strerror (err));
      return false;
    }
  x->item[host].reply = reply;
  x->item[host].received = time (NULL);
  return true;
}


/* Show which replies are outstanding.  */
static void
show_progress (void *hook, unsigned int seconds)
{
  struct exchange *x = hook;
  const char *first = NULL;
  size_t i, n = 0;
  char more[32] = "";

  for (i = 0; i < x->ask.n_hosts; i++)
    if (!x->item[i].reply && !n++)
      first = x->item[i].name;
  if (n > 1)
    gpgrt_snprintf (more, sizeof more, " and %zu more", n - 1);
  if (first)
    progress_show ("waiting for %s%s: %u of %u s", first, more, seconds,
                   x->timeout);
}


int
exchange_run (struct exchange *x)
{
  gpg_error_t err;
  size_t i;

  err = carrier_run (x->carrier, x->timeout * 1000, accept_reply,
                     progress_wanted () ? show_progress : NULL, x);
  progress_clear ();
  if (err)
    return fail_exchange (x, err, NULL);
  for (i = 0; i < x->ask.n_hosts; i++)
    {
      x->item[i].sent = carrier_sent (x->carrier, i);
      x->item[i].error = carrier_error (x->carrier, i);
      log_debug ("%s: sent %u times", x->item[i].name, x->item[i].sent);
    }
  return -1;
}


int
exchange_once (struct exchange *x)
{
  int rc = exchange_prepare (x, 0);

  if (rc < 0)
    rc = exchange_compose (x);
  return rc < 0 ? exchange_run (x) : rc;
}


/* -o: the datagram of the one host to a file.  */
static int
write_datagram (struct exchange *x)
{
  const char *path = x->options->output;
  unsigned char dgram[SEAL_MAX];
  char *message;
  gpg_error_t err;
  size_t len;

  if (!strcmp (path, "-") && isatty (STDOUT_FILENO))
    {
      log_error ("%s: a datagram is not for a terminal; use -o FILE, or a"
                 " pipe", x->verb);
      return EX_USAGE;
    }
  err = compose_signed (x, &message);
  if (!err)
    err = seal_host (x, 0, dgram, &len, &message);
  forget_password (x);
  if (err)
    return fail_exchange (x, err, message);
  err = !strcmp (path, "-") ? file_write_fd (STDOUT_FILENO, dgram, len)
    : file_write (path, dgram, len, 0600, 0);
  if (err)
    {
      log_error ("%s: cannot write '%s': %s; name another file with -o",
                 x->verb, path, gpg_strerror (err));
      return EX_CANTCREAT;
    }
  return EX_OK;
}


/* A pending request ends later: note it, so that the requester can fetch the
   result.  */
static void
note_pending (struct exchange *x)
{
  size_t i;

  for (i = 0; i < x->ask.n_hosts; i++)
    if (x->item[i].reply && x->item[i].reply->result == REPLY_PENDING)
      requests_note (x->profile, compose_id (x->compose), x->item[i].name,
                     request_action_name (x->ask.action));
}


/* A request of its own for each host.  */
static int
ask_each (struct exchange *x, struct report *report)
{
  struct compose_ask one = x->ask;
  struct exchange y;
  int rc = -1;
  size_t i;

  log_info ("%s: %zu hosts need %zu requests, each with its own signature, as"
            " this machine has no single global address for all of them;"
            " '--source ADDRESS' makes it one",
            request_action_name (one.action), one.n_hosts, one.n_hosts);
  one.n_hosts = 1;
  for (i = 0; i < x->ask.n_hosts && rc < 0; i++)
    {
      one.host[0] = x->ask.host[i];
      exchange_begin (&y, x->options, x->profile, &one);
      y.several = true;
      rc = exchange_all (&y, report);
      exchange_end (&y);
    }
  return rc;
}


/* Warn of the person's and the servers' keys that end soon, with the reply; of
   door keys warn_of_doors did before.  */
static void
warn_of_keys (struct exchange *x)
{
  server_keys_t keys;
  struct host_keys found;
  const char *signer = NULL;
  size_t i;

  if (server_keys_new (x->profile, x->ask.host, x->ask.n_hosts, &keys))
    return;
  for (i = 0; i < x->ask.n_hosts; i++)
    if (x->item[i].reply)
      {
        host_warnings_look (keys, x->ask.host[i], &found);
        host_warnings_tell_keys (x->ask.host[i], &found, !signer);
        signer = x->ask.host[i]->signer;
      }
  server_keys_release (keys);
}


int
exchange_all (struct exchange *x, struct report *report)
{
  size_t i;
  int rc;

  rc = exchange_prepare (x, 0);
  if (rc >= 0)
    return rc;
  for (i = 0; i < x->n_lost; i++)
    report_lost (report, &x->ask, x->lost[i].host, x->lost[i].message,
                 x->lost[i].status);
  if (!x->ask.n_hosts)
    return -1;
  if (must_divide (x))
    return ask_each (x, report);
  if (x->options->output)
    return write_datagram (x);
  rc = exchange_compose (x);
  if (rc < 0)
    rc = exchange_run (x);
  if (rc >= 0)
    return rc;
  note_pending (x);
  for (i = 0; x->ask.action == REQUEST_WHOAMI && i < x->ask.n_hosts; i++)
    commands_note (x->profile, x->item + i);
  report_add (report, &x->ask, x->item, compose_id (x->compose), x->timeout);
  warn_of_keys (x);
  return -1;
}
