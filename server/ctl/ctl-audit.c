/* ctl-audit.c - posternctl audit: rows by pages, and those to come.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The server gives at most a page at a time, so that no answer holds it up;
 * we ask for the next behind the last row seen.  Following is the same with
 * a pause, and survives posternd's reload.  */

#include "posternctl.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../../common/base/netspec.h"

#define PAGE 200
#define PAUSE 300               /* Milliseconds between two looks.  */

struct pages
{
  const struct ctl_options *opt;
  json_int_t after;
  unsigned int rows;            /* Of this page.  */
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
add_time (gpgrt_stream_t fp, const char *name, const char *text)
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
add_word (gpgrt_stream_t fp, const char *name, const char *text)
{
  if (!text)
    return 0;
  if (!*text || strpbrk (text, " \t\r\n%+"))
    {
      log_error ("audit: --%s '%s' is no value", name, text);
      return gpg_error (GPG_ERR_INV_VALUE);
    }
  gpgrt_fprintf (fp, " --%s=%s", name, text);
  return 0;
}


/* An address is looked for as the audit writes it.  */
static gpg_error_t
add_source (gpgrt_stream_t fp, const char *text)
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
  return add_word (fp, "source", text);
}


static gpg_error_t
add_result (gpgrt_stream_t fp, const char *text)
{
  static const char *const results[] =
    { "done", "refused", "pending", "running", "closed", "unknown", "event" };
  size_t i;

  if (!text)
    return 0;
  for (i = 0; i < sizeof results / sizeof *results; i++)
    if (!strcmp (text, results[i]))
      return add_word (fp, "result", text);
  log_error ("audit: --result '%s' is none; there are done, refused, pending,"
             " running, closed, unknown and event", text);
  return gpg_error (GPG_ERR_INV_VALUE);
}


/* The filters, as the socket takes them.  */
static gpg_error_t
build_filter (const struct ctl_options *opt, char **r_filter)
{
  gpg_error_t err;
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  void *text = NULL;

  *r_filter = NULL;
  if (!fp)
    return gpg_error_from_syserror ();
  err = add_word (fp, "user", opt->user);
  if (!err)
    err = add_word (fp, "host", opt->host);
  if (!err)
    err = add_source (fp, opt->source);
  if (!err)
    err = add_result (fp, opt->result);
  if (!err)
    err = add_time (fp, "since", opt->since);
  if (!err)
    err = add_time (fp, "until", opt->until);
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
print_row (void *hook, const char *line)
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
ask_page (console_t console, struct pages *pages, const char *filter,
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
  err = console_ask (console, command, print_row, pages, r_why);
  gpgrt_free (command);
  return err;
}


/* All rows there are now.  The last ones come in one page at most.  */
static gpg_error_t
ask_pages (console_t console, struct pages *pages, const char *filter,
           unsigned int last, const char **r_why)
{
  gpg_error_t err;

  do
    {
      err = ask_page (console, pages, filter, last, r_why);
      last = 0;
    }
  while (!err && pages->rows >= PAGE);
  return err;
}


/* For 10 seconds.  */
gpg_error_t
ctl_connect_again (const struct ctl_options *opt, console_t *console)
{
  gpg_error_t err;
  int i;

  console_close (*console);
  *console = NULL;
  for (i = 0; (err = ctl_connect (opt, true, console)) && i < 33
              && gpg_err_code (err) != GPG_ERR_TIMEOUT; i++)
    poll (NULL, 0, PAUSE);
  return err;
}


static gpg_error_t
follow (const struct ctl_options *opt, console_t *console,
        struct pages *pages, const char *filter, const char **r_why)
{
  gpg_error_t err;

  do
    {
      poll (NULL, 0, PAUSE);
      err = ask_pages (*console, pages, filter, 0, r_why);
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
      err = ask_pages (console, &pages, filter, last, &why);
      if (!err && opt->follow)
        err = follow (opt, &console, &pages, filter, &why);
      if (err)
        log_error ("audit: %s", why ? why : console_why (err));
    }
  console_close (console);
  gpgrt_free (filter);
  return ctl_exit_code (err);
}
