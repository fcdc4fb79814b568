/* config-dir.h - A configuration folder for the tests.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * To be included by one file of a program.  */

#ifndef POSTERN_TEST_CONFIG_DIR_H
#define POSTERN_TEST_CONFIG_DIR_H

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../../server/config/config.h"

#define FPR_SERVER "1111111111111111111111111111111111111111"
#define FPR_ALICE  "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR_BOB    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* 32 bytes of zero.  */
#define DOOR_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

#define POSTERND \
  "host = 'web1'\nserver = '" FPR_SERVER "'\nprotect = {'tcp/22'}\n"
#define ACCESS                                                          \
  "user alice {\n  key = '" FPR_ALICE "'\n  groups = {'ops'}\n}\n"      \
  "rule ssh {\n  groups = {'ops'}\n  ports = {'tcp/22'}\n}\n"

static char config_dir[64];
static config_t config;
static char *message;

static const char *
in_dir (const char *name)
{
  static char path[256];

  snprintf (path, sizeof path, "%s/%s", config_dir, name);
  return path;
}

static void
put_bytes (const char *name, const void *data, size_t len)
{
  int fd = open (in_dir (name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (write (fd, data, len), (ssize_t) len);
  close (fd);
}

static void
put (const char *name, const char *text)
{
  put_bytes (name, text, strlen (text));
}

static int
remove_one (const char *path, const struct stat *st, int type,
            struct FTW *ftw)
{
  (void) st;
  (void) type;
  (void) ftw;
  return remove (path);
}

/* A good configuration, which each test spoils in its own way.  */
static void
setup_dir (void)
{
  snprintf (config_dir, sizeof config_dir, "/tmp/t-config-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (config_dir));
  ck_assert_int_eq (mkdir (in_dir ("users.d"), 0755), 0);
  ck_assert_int_eq (mkdir (in_dir ("doors"), 0700), 0);
  put ("posternd.conf", POSTERND);
  put ("access.conf", ACCESS);
}

static void
teardown_dir (void)
{
  config_release (config);
  config = NULL;
  free (message);
  message = NULL;
  nftw (config_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static gpg_err_code_t
load (void)
{
  config_release (config);
  free (message);
  return gpg_err_code (config_load (config_dir, &config, &message));
}

#define COUNT(array) (sizeof array / sizeof *array)

static inline void
accepted (void)
{
  gpg_err_code_t code = load ();

  ck_assert_msg (!code, "refused: %s", message);
  ck_assert_ptr_nonnull (config);
  ck_assert_ptr_null (message);
}

/* Refused for what stands in FILE:LINE, with TEXT in the message.  */
static inline void
refused (const char *file, unsigned int line, const char *text)
{
  char start[300];

  ck_assert_int_eq (load (), GPG_ERR_INV_VALUE);
  ck_assert_ptr_null (config);
  ck_assert_ptr_nonnull (message);
  if (line)
    snprintf (start, sizeof start, "%s:%u: ", in_dir (file), line);
  else
    snprintf (start, sizeof start, "%s: ", in_dir (file));
  ck_assert_msg (!strncmp (message, start, strlen (start)),
                 "'%s' does not begin with '%s'", message, start);
  ck_assert_msg (strstr (message, text) != NULL, "'%s' lacks '%s'", message,
                 text);
  ck_assert_ptr_null (strchr (message, '\n'));
}

#endif /*POSTERN_TEST_CONFIG_DIR_H*/
