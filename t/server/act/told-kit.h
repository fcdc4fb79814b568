/* told-kit.h - What the programs tell that the real act starts.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * They add lines to the file act/told of the configuration's folder.  */

#ifndef POSTERN_TEST_TOLD_KIT_H
#define POSTERN_TEST_TOLD_KIT_H

#include "act-kit.h"

#define WAIT 30000              /* Turns of a millisecond for a line.  */

static struct packet_grant grant;       /* A good one.  */


/* As put does, with the configuration's folder for each "#".  */
static void
put_here (const char *name, const char *text)
{
  char buf[8192];
  size_t len = 0;

  for (; *text; text++)
    len += (size_t)snprintf (buf + len, sizeof buf - len, "%.*s",
                             *text == '#' ? (int)strlen (config_dir) : 1,
                             *text == '#' ? config_dir : text);
  put (name, buf);
}


/* act under these two; and a good grant.  */
static void
launch_here (const char *posternd, const char *access)
{
  put_here ("posternd.conf", posternd);
  put_here ("access.conf", access);
  ck_assert_msg (!load (), "%s", message);
  launch (NULL);
  memset (&grant, 0, sizeof grant);
  memcpy (grant.hash, config->hash, sizeof grant.hash);
  SET (grant.rule, "ssh");
  SET (grant.user, "alice");
  SET (grant.fpr, FPR_ALICE);
  grant.addr = grant.observed = address ("198.51.100.7");
  ck_assert (!netspec_ports_parse ("tcp/22", &grant.ports));
  grant.seconds = 30;
  grant.answer_by = UINT64_MAX;
}


static void
open_port (void)
{
  ck_assert_uint_eq (packet_send_grant (decide, 5, &grant), 0);
  denied = UINT32_MAX;
  hear (decide, NULL);
  ck_assert_uint_eq (denied, 0);
}


static void
close_all (void)
{
  struct packet_close what = { .all = true };

  ck_assert_uint_eq (packet_send_close (decide, 7, &what), 0);
  hear (decide, NULL);
}


/* What was told when there are N lines.  */
static const char *
told (unsigned int n)
{
  static char text[16384];
  const struct timespec ms = { 0, 1000000 };
  unsigned int i, lines = 0;
  const char *p;
  FILE *fp;

  for (i = 0; i < WAIT && lines < n; i++)
    {
      nanosleep (&ms, NULL);
      *text = 0;
      fp = fopen (in_dir ("act/told"), "r");
      if (!fp)
        continue;
      text[fread (text, 1, sizeof text - 1, fp)] = 0;
      fclose (fp);
      for (lines = 0, p = text; (p = strchr (p, '\n')); p++)
        lines++;
    }
  ck_assert_msg (lines == n, "%u lines, not %u: %s", lines, n, text);
  return text;
}

#endif /*POSTERN_TEST_TOLD_KIT_H*/
