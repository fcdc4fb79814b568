/* result.c - postern result: the result of a command that was run.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A reply is no larger than a request, so that long output comes in pieces;
 * each takes a request of its own, with its own signature.  */

#include "verbs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../ask/exchange.h"
#include "../ask/noreply.h"
#include "../ask/pieces.h"
#include "../ask/report-command.h"
#include "../ask/requests.h"
#include "../ask/select.h"

struct result
{
  struct pieces pieces;
  unsigned char hash[REQUEST_HASHLEN];
  char id[2 * REQUEST_HASHLEN + 1];
};


/* Add the output of MORE to that of REPLY.  */
static gpg_error_t
append_output (reply_t reply, reply_t more)
{
  char *output;

  if (!more->output_len)
    return 0;
  output = realloc (reply->output, reply->output_len + more->output_len);
  if (!output)
    return gpg_error_from_syserror ();
  memcpy (output + reply->output_len, more->output, more->output_len);
  reply->output = output;
  reply->output_len += more->output_len;
  return 0;
}


static void
announce_pieces (const struct result *result, reply_t reply, size_t from)
{
  uint64_t left = reply->total - from - reply->output_len;
  uint64_t n = left / reply->output_len + 1;

  log_info ("%s: fetching %" PRIu64 " more bytes: %s %" PRIu64 " signatures",
            result->pieces.ask.host[0]->name, left,
            n < PIECES_OF_OUTPUT ? "about" : "at most",
            n < PIECES_OF_OUTPUT ? n : PIECES_OF_OUTPUT - 1);
}


/* Why no more pieces are asked for.  */
static void
explain_stop (const char *name, enum pieces_next next)
{
  if (next == PIECES_SMALL)
    log_error ("%s: the server answers in too small pieces, and each needs a"
               " signature: stopped; tell its administrator", name);
  else if (next == PIECES_MANY)
    log_warn ("%s: stopped after %d pieces, each of which needs a signature",
              name, PIECES_OF_OUTPUT);
}


/* The pieces after the first one, until one does not arrive.  */
static enum pieces_next
fetch_rest (struct result *result, reply_t reply, size_t from)
{
  struct exchange x;
  enum pieces_next next;
  size_t len = reply->output_len;
  unsigned int n = 1;

  next = pieces_next (n, PIECES_OF_OUTPUT, len, from + len, reply->total);
  if (next == PIECES_MORE)
    announce_pieces (result, reply, from);
  while (next == PIECES_MORE)
    {
      next = PIECES_DONE;
      if (pieces_ask (&result->pieces, from + reply->output_len,
                       &x) < 0 && x.item->reply
          && !append_output (reply, x.item->reply))
        next = pieces_next (++n, PIECES_OF_OUTPUT, x.item->reply->output_len,
                            from + reply->output_len, reply->total);
      exchange_end (&x);
    }
  return next;
}


static int
fetch_and_tell (struct result *result)
{
  size_t from = result->pieces.options->from;
  enum pieces_next next = PIECES_DONE;
  struct exchange x;
  reply_t reply;
  int rc;

  rc = pieces_ask (&result->pieces, from, &x);
  reply = x.item->reply;
  if (rc < 0 && result->pieces.options->all && reply
      && reply->result == REPLY_DONE)
    next = fetch_rest (result, reply, from);
  if (rc < 0 && !reply && !result->pieces.options->json)
    {
      log_error ("%s: no reply within %u s; ask again", x.item->name,
                 x.timeout);
      noreply_tell (x.item->host, x.item->error);
      rc = EX_UNAVAILABLE;
    }
  else if (rc < 0)
    rc = report_command (&x, result->id, from);
  explain_stop (result->pieces.ask.host[0]->name, next);
  if (next == PIECES_SMALL)
    rc = EX_PROTOCOL;
  exchange_end (&x);
  return rc;
}


static int
find_request_of_result (struct result *result,
                        const struct profile_host *host)
{
  const struct options *options = result->pieces.options;
  char *message;
  gpg_error_t err;

  compose_ask_one (&result->pieces.ask, REQUEST_RESULT, host, options);
  result->pieces.ask.request = result->hash;
  err = requests_find (result->pieces.profile, result->pieces.ask.host[0]->name,
                       options->arg[1], result->hash, &message);
  if (err)
    {
      log_error ("result: %s", message ? message : gpg_strerror (err));
      gpgrt_free (message);
      return EX_USAGE;
    }
  encode_hex (result->hash, REQUEST_HASHLEN, result->id);
  return -1;
}


int
result_verb (const struct options *options)
{
  struct result result = { .pieces.options = options };
  const struct profile_host *host;
  int rc;

  if (options->n_args != 2)
    return kit_usage ("result", "it takes HOST and ID");
  rc = select_open ("result", options, &result.pieces.profile, &host);
  if (rc < 0)
    rc = find_request_of_result (&result, host);
  if (rc < 0)
    rc = fetch_and_tell (&result);
  profile_close (result.pieces.profile);
  return rc;
}
