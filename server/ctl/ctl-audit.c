/* ctl-audit.c - posternctl audit: print rows page by page, and new ones.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The server gives one page at a time, so that no answer holds it up; we ask
 * for the next page after the last row seen.  Following does the same with a
 * pause, and survives posternd's reload.  */

#include "posternctl.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../../common/base/netspec.h"

#define PAGE 200                /* Rows.  */
#define PAUSE_MS 300            /* Between two looks.  */
#define CONNECT_TRIES 33        /* For ten seconds.  */

const char *const ctl_results[] =
  { "done", "refused", "pending", "running", "closed", "unknown", "event",
    NULL };

struct pages
{
  const struct ctl_options *opt;
  json_int_t after;             /* The last row seen.  */
  unsigned int rows;            /* On this page.  */
};


gpg_error_t
ctl_parse_time (const char *text, long long *r_time)
{
  unsigned int secs;
  struct tm tm;
  const char *end;

  if (!netspec_duration_parse (text, &secs))
    {
      *r_time = (long long)time (NULL) - secs;
      return 0;
    }
  if (strlen (text) == strspn (text, "0123456789") && strlen (text) > 8
      && strlen (text) < 13)
    {
      *r_time = strtoll (text, NULL, 10);
      return 0;
    }
  memset (&tm, 0, sizeof tm);
  end = strptime (text, "%Y-%m-%d", &tm);
  if (end && (*end == ' ' || *end == 'T'))
    {
      const char *clock = end + 1;

      end = strptime (clock, "%H:%M:%S", &tm);
      if (!end)
        end = strptime (clock, "%H:%M", &tm);
    }
  tm.tm_isdst = -1;
  if (!end || *end)
    return gpg_error (GPG_ERR_INV_TIME);
  *r_time = (long long)mktime (&tm);
  return 0;
}


static gpg_error_t
add_time_filter (gpgrt_stream_t fp, const char *name, const char *text)
{
  gpg_error_t err = 0;
  long long when;

  if (!text)
    return 0;
  err = ctl_parse_time (text, &when);
  if (err)
    log_error ("audit: --%s '%s' is not a time; write 10m, 2026-01-31 or"
               " '2026-01-31 07:30'", name, text);
  else
    gpgrt_fprintf (fp, " --%s=%lld", name, when);
  return err;
}


static gpg_error_t
add_word_filter (gpgrt_stream_t fp, const char *name, const char *text)
{
  if (!text)
    return 0;
  if (!*text || strpbrk (text, " \t\r\n%+"))
    {
      log_error ("audit: --%s '%s' is not a valid value", name, text);
      return gpg_error (GPG_ERR_INV_VALUE);
    }
  gpgrt_fprintf (fp, " --%s=%s", name, text);
  return 0;
}


/* Only the form in which the audit writes an address can be found.  */
static gpg_error_t
add_source_filter (gpgrt_stream_t fp, const char *text)
{
  struct net_addr addr;

  if (!text)
    return 0;
  if (netspec_addr_parse (text, &addr))
    {
      log_error ("audit: --source '%s' is not an address in its short form,"
                 " such as 203.0.113.7 or 2001:db8::1", text);
      return gpg_error (GPG_ERR_INV_VALUE);
    }
  return add_word_filter (fp, "source", text);
}


static gpg_error_t
add_result_filter (gpgrt_stream_t fp, const char *text)
{
  size_t i;

  if (!text)
    return 0;
  for (i = 0; ctl_results[i]; i++)
    if (!strcmp (text, ctl_results[i]))
      return add_word_filter (fp, "result", text);
  log_error ("audit: --result '%s' is not a result; these are done, refused,"
             " pending, running, closed, unknown and event", text);
  return gpg_error (GPG_ERR_INV_VALUE);
}


/* The filters as the socket takes them, to be freed with gpgrt_free.  */
static gpg_error_t
build_filter (const struct ctl_options *opt, char **r_filter)
{
  gpg_error_t err;
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  void *text = NULL;

  *r_filter = NULL;
  if (!fp)
    return gpg_error_from_syserror ();
  err = add_word_filter (fp, "user", opt->user);
  if (!err)
    err = add_word_filter (fp, "host", opt->host);
  if (!err)
    err = add_source_filter (fp, opt->source);
  if (!err)
    err = add_result_filter (fp, opt->result);
  if (!err)
    err = add_time_filter (fp, "since", opt->since);
  if (!err)
    err = add_time_filter (fp, "until", opt->until);
  gpgrt_fputc (0, fp);
  if (gpgrt_fclose_snatch (fp, &text, NULL) && !err)
    err = gpg_error_from_syserror ();
  if (err)
    gpgrt_free (text);
  else
    *r_filter = text;
  return err;
}


static gpg_error_t
print_audit_row (void *hook, const char *line)
{
  struct pages *pages = hook;
  json_error_t error;
  json_t *row = json_loads (line, 0, &error);

  if (!row)
    return gpg_error (GPG_ERR_INV_RESPONSE);
  pages->rows++;
  pages->after = json_integer_value (json_object_get (row, "row"));
  if (pages->opt->json)
    {
      puts (line);
      fflush (stdout);
    }
  else
    ctl_print_audit (row);
  json_decref (row);
  return 0;
}


static gpg_error_t
ask_audit_page (console_t console, struct pages *pages, const char *filter,
                unsigned int last, const char **r_why)
{
  gpg_error_t err;
  char *command;

  pages->rows = 0;
  if (last)
    command = gpgrt_bsprintf ("AUDIT --last=%u%s", last, filter);
  else
    command = gpgrt_bsprintf ("AUDIT --after=%lld --limit=%d%s",
                              (long long)pages->after, PAGE, filter);
  if (!command)
    return gpg_error_from_syserror ();
  err = console_ask (console, command, print_audit_row, pages, r_why);
  gpgrt_free (command);
  return err;
}


/* Print all rows that there are now.  The LAST ones fit on one page.  */
static gpg_error_t
ask_audit_pages (console_t console, struct pages *pages, const char *filter,
                 unsigned int last, const char **r_why)
{
  gpg_error_t err;

  do
    {
      err = ask_audit_page (console, pages, filter, last, r_why);
      last = 0;
    }
  while (!err && pages->rows >= PAGE);
  return err;
}


gpg_error_t
ctl_connect_again (const struct ctl_options *opt, console_t *console)
{
  gpg_error_t err;
  int i;

  console_close (*console);
  *console = NULL;
  for (i = 0; (err = ctl_connect (opt, true, console)) && i < CONNECT_TRIES
              && gpg_err_code (err) != GPG_ERR_TIMEOUT; i++)
    poll (NULL, 0, PAUSE_MS);
  return err;
}


static gpg_error_t
follow_rows (const struct ctl_options *opt, console_t *console,
             struct pages *pages, const char *filter, const char **r_why)
{
  gpg_error_t err;

  do
    {
      poll (NULL, 0, PAUSE_MS);
      err = ask_audit_pages (*console, pages, filter, 0, r_why);
      /* An error without a text is not posternd's: the connection ended.  */
      if (err && !*r_why)
        err = ctl_connect_again (opt, console);
    }
  while (!err);
  return err;
}


int
ctl_audit (const struct ctl_options *opt)
{
  gpg_error_t err;
  struct pages pages = { opt, 0, 0 };
  const char *why = NULL;
  unsigned int last = opt->last;
  console_t console = NULL;
  char *filter;

  err = build_filter (opt, &filter);
  if (err)
    return EX_USAGE;
  if (!last && !opt->since)
    last = 20;
  err = ctl_connect (opt, false, &console);
  if (!err)
    {
      err = ask_audit_pages (console, &pages, filter, last, &why);
      if (!err && opt->follow)
        err = follow_rows (opt, &console, &pages, filter, &why);
      if (err)
        log_error ("audit: %s", why ? why : console_why (err));
    }
  console_close (console);
  gpgrt_free (filter);
  return ctl_exit_code (err);
}
