/* ctl-source.c - The lines of an audit's chain, wherever they come from.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * audit export and verify read a running posternd, a copy of its store, or an
 * export.  Whatever ends early must never pass for the whole chain.  */

#include "ctl-source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../store/audit.h"

#define MAX_LINE 131072
#define MAX_VAIN 3              /* Connections in a row that bring nothing.  */


/* The chain as it comes from the running posternd.  */
struct stream
{
  console_line_t line;
  void *hook;
  gpg_error_t err;              /* Of LINE.  */
  uint64_t after;               /* The last row that came.  */
  bool whole;                   /* The end mark came.  */
};


static gpg_error_t
pass_line (void *hook, const char *line)
{
  struct stream *stream = hook;
  json_error_t error;
  json_t *object = json_loads (line, 0, &error);
  bool readable = json_is_object (object);

  if (json_object_get (object, "postern-audit-end"))
    stream->whole = true;
  else if (json_object_get (object, "seq"))
    stream->after = (uint64_t)json_integer_value (json_object_get (object,
                                                               "seq"));
  json_decref (object);
  if (!readable)
    return gpg_error (GPG_ERR_INV_RESPONSE);
  stream->err = stream->line (stream->hook, line);
  return stream->err;
}


/* True if the file is a copy of the server's store, by its first bytes, which
   must be read again then: stdin and pipes cannot be.  */
static bool
is_store_copy (FILE *fp)
{
  static const char magic[] = "SQLite format 3";
  char start[sizeof magic];
  struct stat st;
  bool found;

  if (fp == stdin || fstat (fileno (fp), &st) || !S_ISREG (st.st_mode))
    return false;
  found = fread (start, 1, sizeof start, fp) == sizeof start
    && !memcmp (start, magic, sizeof start);
  rewind (fp);
  return found;
}


static const char *
why_unread (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_BAD_DATA:
      return "neither an export of 'posternctl audit export' nor a copy of"
        " this version's store.db";
    case GPG_ERR_EOF:
      return "it was cut off: it ends in the middle of a line; export it"
        " again";
    case GPG_ERR_EBUSY:
      return "a posternd uses it; leave out FILE, or stop posternd first";
    case GPG_ERR_EACCES:
      return "it cannot be read here; copy it, together with store.db-wal"
        " if that exists, to a folder of your own";
    default:
      return file_why (err);
    }
}


static gpg_error_t
open_source_file (const char *name, FILE **r_fp)
{
  gpg_error_t err;
  int fd;

  *r_fp = stdin;
  if (!strcmp (name, "-"))
    return 0;
  err = file_open (name, &fd);
  *r_fp = err ? NULL : fdopen (fd, "r");
  return err || *r_fp ? err : gpg_error_from_syserror ();
}


gpg_error_t
ctl_source_open (const struct ctl_options *opt, const char *name,
             struct ctl_source *source)
{
  gpg_error_t err = 0;

  memset (source, 0, sizeof *source);
  source->opt = opt;
  source->name = name;
  if (!name)
    return ctl_connect (opt, false, &source->console);
  err = open_source_file (name, &source->fp);
  if (!err && is_store_copy (source->fp))
    err = store_open_copy (name, &source->store);
  if (err)
    log_error ("audit verify: %s: %s", name, why_unread (err));
  return err;
}


void
ctl_source_close (struct ctl_source *source)
{
  console_close (source->console);
  store_close (source->store);
  if (source->fp && source->fp != stdin)
    fclose (source->fp);
}


static gpg_error_t
read_stream (console_t console, struct stream *stream, const char **r_why)
{
  char *command = gpgrt_bsprintf ("CHAIN --after=%" PRIu64, stream->after);
  gpg_error_t err;

  *r_why = NULL;
  err = command ? console_ask (console, command, pass_line, stream, r_why)
    : gpg_error_from_syserror ();
  gpgrt_free (command);
  return err;
}


/* A reload ends the connection, and so does decide if whoever reads our output
   pauses for long.  A new connection goes on after the last row that came,
   unless several in a row brought nothing.  */
static gpg_error_t
read_live (const struct ctl_options *opt, console_t *console,
           console_line_t line, void *hook)
{
  struct stream stream = { .line = line, .hook = hook };
  const char *why = NULL;
  uint64_t before;
  gpg_error_t err;
  int vain = 0;

  do
    {
      before = stream.after;
      err = read_stream (*console, &stream, &why);
      vain = stream.after > before ? 0 : vain + 1;
    }
  while (err && !why && !stream.err && vain < MAX_VAIN
         && gpg_err_code (err) != GPG_ERR_INV_RESPONSE
         && !ctl_connect_again (opt, console));
  if (!err && !stream.whole)
    err = gpg_error (GPG_ERR_INV_RESPONSE);
  if (err)
    log_error ("audit %s: %s; what came ends with row %" PRIu64 " of the"
               " chain and is not complete", opt->argv[0],
               why ? why : console_why (err), stream.after);
  return err;
}


/* Our own lines are never longer than MAX_LINE: refuse longer ones.  */
static gpg_error_t
read_lines (FILE *fp, console_line_t line, void *hook)
{
  gpg_error_t err = 0;
  char *text = malloc (MAX_LINE + 1);
  size_t n;

  if (!text)
    return gpg_error_from_syserror ();
  while (!err && fgets (text, MAX_LINE + 1, fp))
    {
      n = strlen (text);
      if (n && text[n - 1] == '\n')
        {
          text[n - 1] = 0;
          err = line (hook, text);
        }
      else
        err = gpg_error (feof (fp) ? GPG_ERR_EOF : GPG_ERR_BAD_DATA);
    }
  if (!err && ferror (fp))
    err = gpg_error_from_syserror ();
  free (text);
  return err;
}


gpg_error_t
ctl_source_read (struct ctl_source *source, console_line_t line, void *hook)
{
  gpg_error_t err;

  if (source->console)
    return read_live (source->opt, &source->console, line, hook);
  err = source->store ? audit_read_copy (source->store, line, hook)
    : read_lines (source->fp, line, hook);
  if (err)
    log_error ("audit verify: %s: %s", source->name, why_unread (err));
  return gpg_err_code (err) == GPG_ERR_EOF ? gpg_error (GPG_ERR_BAD_DATA)
    : err;
}


static gpg_error_t
print_export_line (void *hook, const char *line)
{
  (void)hook;
  return puts (line) == EOF ? gpg_error_from_syserror () : 0;
}


int
ctl_audit_export (const struct ctl_options *opt)
{
  struct ctl_source source;
  gpg_error_t err = ctl_source_open (opt, NULL, &source);

  if (!err)
    err = ctl_source_read (&source, print_export_line, NULL);
  if (!err && fflush (stdout))
    {
      err = gpg_error_from_syserror ();
      log_error ("audit export: %s; what was written is not complete",
                 gpg_strerror (err));
    }
  ctl_source_close (&source);
  return ctl_exit_code (err);
}
