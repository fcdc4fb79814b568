/* report-command.c - The result of a command, for the person.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * stdout has the command's output and nothing else.  */

#include "report-command.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "noreply.h"
#include "report.h"

#define SIGNALLED 128           /* As the shells have it.  */


/* Clean text, which may have tabs.  */
static bool
is_plain_output (const char *text, size_t len)
{
  const char *tab;

  while ((tab = memchr (text, '\t', len)))
    {
      if (!encode_is_clean (text, (size_t) (tab - text)))
        return false;
      len -= (size_t) (tab - text) + 1;
      text = tab + 1;
    }
  return encode_is_clean (text, len);
}


/* Exactly what it wrote; to a terminal, nothing that could move a
   cursor.  */
static int
write_output (reply_t reply)
{
  gpg_error_t err;

  if (!reply->output_len)
    return EX_OK;
  if (isatty (STDOUT_FILENO)
      && !is_plain_output (reply->output, reply->output_len))
    encode_mask (reply->output, reply->output_len, "\n\t");
  err = file_write_fd (STDOUT_FILENO, reply->output, reply->output_len);
  /* A reader that wants no more, like head(1), is not an error.  */
  if (!err || gpg_err_code (err) == GPG_ERR_EPIPE)
    return EX_OK;
  log_error ("the output cannot be written");
  return EX_IOERR;
}


static int
exit_code (const struct report_item *item)
{
  reply_t reply = item->reply;

  if (!reply || reply->result != REPLY_DONE)
    return report_status (item);
  if (reply->signal)
    return SIGNALLED + (int) reply->signal;
  if (reply->until)             /* A door, which others had to approve.  */
    return EX_OK;
  return reply->has_exit ? (int) reply->exit_code : EX_UNAVAILABLE;
}


static void
tell_end (const char *name, reply_t reply, const char *id)
{
  const char *argv = reply->argv ? reply->argv : "the command";
  const char *reason = reply->reason ? reply->reason : "";
  const char *between = reply->reason ? "; " : "";

  if (reply->until)
    log_info ("%s: done: %s%s%s (%.8s)", name, argv, between, reason, id);
  else if (!reply->has_exit && !reply->signal)
    log_warn ("%s: %s: %s (%.8s)", name, argv,
              reply->reason ? reason : "it is unknown how it ended", id);
  else
    log_info ("%s: %s: %s %u after %" PRIu64 ".%03u s%s%s (%.8s)", name,
              argv, reply->signal ? "ended by signal" : "exit",
              reply->signal ? reply->signal : reply->exit_code,
              reply->msecs / 1000, (unsigned int) (reply->msecs % 1000),
              between, reason, id);
}


/* Say how much of the output is still on the server.  */
static void
tell_rest (const char *name, reply_t reply, const char *id, size_t from)
{
  size_t to = from + reply->output_len;

  if (reply->total > to)
    log_info ("%s: that is %zu of %" PRIu64 " bytes; 'postern result %s %.8s"
              " --from %zu --all' fetches the rest", name, to, reply->total,
              name, id, to);
}


static int
tell_text (struct exchange *x, const char *id, size_t from)
{
  const struct report_item *item = x->item;
  reply_t reply = item->reply;
  char *line;
  int rc;

  if (reply->result == REPLY_DONE)
    {
      rc = write_output (reply);
      tell_end (item->name, reply, id);
      tell_rest (item->name, reply, id, from);
      return rc ? rc : exit_code (item);
    }
  line = report_line (&x->ask, item, x->timeout);
  if (reply->result == REPLY_RUNNING)
    log_info ("%s%s%s; 'postern result %s %.8s' shows its result",
              line ? line : item->name, reply->argv ? ": " : "",
              reply->argv ? reply->argv : "", item->name, id);
  else
    log_error ("%s", line ? line : item->name);
  gpgrt_free (line);
  return exit_code (item);
}


/* A command must not be signed a second time for want of a reply: it may have
   run.  */
static int
tell_unknown (struct exchange *x, const char *id)
{
  const struct report_item *item = x->item;

  if (!item->sent && item->error)
    return report_failure ("run", &x->ask, item, x->timeout);
  log_error ("%s: no reply within %u s: it is unknown whether the command"
             " ran; find out with 'postern result %s %.8s' before you run it"
             " again", item->name, x->timeout, item->name, id);
  if (item->sent)
    noreply_tell (item->host, item->error);
  return EX_UNAVAILABLE;
}


int
report_command (struct exchange *x, const char *id, size_t from)
{
  struct report report;
  int rc;

  if (x->options->json)
    {
      report_begin (&report, stdout, true);
      report_add (&report, &x->ask, x->item, id, x->timeout);
      rc = report_end (&report);
      return rc == EX_IOERR ? rc : exit_code (x->item);
    }
  return x->item->reply ? tell_text (x, id, from) : tell_unknown (x, id);
}
