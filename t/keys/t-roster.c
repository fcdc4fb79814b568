/* t-roster.c - A person's file: entered, written, changed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whole commands, with gpg, are in sys-210 and those behind it.  */

#include "../../keys/roster/roster-parts.h"

#include <dirent.h>
#include "../../common/base/columns.h"
#include "../../keys/text.h"
#include "../server/config/config-dir.h"

static struct roster_s roster;
static char *said;              /* What a call had to say.  */

static const char *const groups[] = { "ops", "dba", NULL };
static const char *const none[] = { NULL };


static void
setup (void)
{
  setup_dir ();
  put ("doors/main.key", DOOR_KEY);
  put ("posternd.conf", POSTERND "door main { }\n");
  accepted ();
  memset (&roster, 0, sizeof roster);
  roster.config = config;
}


static void
teardown (void)
{
  free (said);
  said = NULL;
  teardown_dir ();
}


static const struct roster_entry bob =
  { "bob", FPR_BOB, groups, "main", "2099-01-31" };


static gpg_err_code_t
enter (const struct roster_entry *entry)
{
  const struct config_user *user;
  gpg_error_t err;

  free (said);
  err = roster_enter (&roster, entry, &user, &said);
  ck_assert (!err == !said);
  ck_assert (!err == !!user);
  if (user)
    ck_assert_str_eq (user->name, entry->name);
  return gpg_err_code (err);
}


/* As a fresh reader sees it.  */
static const struct config_user *
reload (const char *name)
{
  accepted ();
  roster.config = config;
  return config_user_by_name (config, name);
}


static int
count_files (const char *dir)
{
  DIR *d = opendir (in_dir (dir));
  struct dirent *entry;
  int n = 0;

  while ((entry = readdir (d)))
    n += *entry->d_name != '.';
  closedir (d);
  return n;
}


START_TEST (written_as_entered)
{
  const struct config_user *user;

  ck_assert_int_eq (enter (&bob), 0);
  ck_assert_int_eq (count_files ("users.d"), 0);
  ck_assert (!roster_has (&roster, &bob));
  ck_assert_uint_eq (roster_write (&roster, &bob, &said), 0);
  ck_assert (roster_has (&roster, &bob));
  ck_assert_int_eq (count_files ("users.d"), 1);
  user = reload ("bob");
  ck_assert_ptr_nonnull (user);
  ck_assert_str_eq (user->fpr, FPR_BOB);
  ck_assert_str_eq (user->door, "main");
  ck_assert_uint_eq (user->groups.n, 2);
  ck_assert_str_eq (user->groups.item[1], "dba");
  ck_assert_uint_eq (user->expires, 4073500800);
  ck_assert_str_eq (user->file, in_dir ("users.d/bob.conf"));
}
END_TEST


START_TEST (written_with_the_least)
{
  const struct roster_entry least = { "bob", FPR_BOB, none, NULL, NULL };
  const struct config_user *user;

  ck_assert_int_eq (enter (&least), 0);
  ck_assert_uint_eq (roster_write (&roster, &least, &said), 0);
  user = reload ("bob");
  ck_assert (!user->door && !user->groups.n && !user->expires);
  ck_assert (!roster_has (&roster, &bob));
}
END_TEST


/* What is wrong is found in memory, and leaves it as it was.  */
START_TEST (entries_refused)
{
  struct roster_entry bad = bob;

  bad.fpr = FPR_ALICE;
  ck_assert_int_eq (enter (&bad), GPG_ERR_INV_VALUE);
  ck_assert_ptr_nonnull (strstr (said, "that of 'alice' in "));
  bad = bob;
  bad.name = "alice";
  ck_assert_int_eq (enter (&bad), GPG_ERR_INV_VALUE);
  ck_assert_ptr_nonnull (strstr (said, "repeated"));
  bad = bob;
  bad.door = "back";
  ck_assert_int_eq (enter (&bad), GPG_ERR_INV_VALUE);
  ck_assert_ptr_nonnull (strstr (said, "'back'"));
  bad = bob;
  bad.expires = "2099-02-30";
  ck_assert_int_eq (enter (&bad), GPG_ERR_INV_VALUE);
  ck_assert_uint_eq (config->n_users, 1);
  ck_assert_int_eq (count_files ("users.d"), 0);
  ck_assert_int_eq (enter (&bob), 0);
  ck_assert_uint_eq (config->n_users, 2);
}
END_TEST


/* A file of this name that is about somebody else stays.  */
START_TEST (a_file_is_in_the_way)
{
  put ("users.d/bob.conf", "# nobody\n");
  ck_assert_int_eq (enter (&bob), 0);
  ck_assert_int_eq (gpg_err_code (roster_write (&roster, &bob, &said)),
                    GPG_ERR_EEXIST);
  ck_assert_ptr_nonnull (strstr (said, "users.d/bob.conf"));
  ck_assert_ptr_null (reload ("bob"));
  ck_assert_int_eq (count_files ("users.d"), 1);
}
END_TEST


static gpg_err_code_t
find_file (const char *name)
{
  gpg_error_t err;
  char *path;

  free (said);
  err = roster_file (&roster, name, &path, &said);
  ck_assert (!err == !!path);
  ck_assert (!err == !said);
  gpgrt_free (path);
  return gpg_err_code (err);
}


START_TEST (whose_file)
{
  ck_assert_int_eq (find_file ("carol"), GPG_ERR_UNKNOWN_NAME);
  ck_assert_int_eq (find_file ("alice"), GPG_ERR_CONFLICT);
  ck_assert_ptr_nonnull (strstr (said, "access.conf"));
  put ("users.d/bob.conf", "user bob {\n  key = '" FPR_BOB "'\n}\n");
  ck_assert_ptr_nonnull (reload ("bob"));
  ck_assert_int_eq (find_file ("bob"), 0);
  put ("users.d/bob.conf", "user bob {\n  key = '" FPR_BOB "'\n}\n"
       "user carol {\n"
       "  key = 'CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC'\n}\n");
  ck_assert_ptr_nonnull (reload ("carol"));
  ck_assert_int_eq (find_file ("bob"), GPG_ERR_CONFLICT);
  ck_assert_int_eq (find_file ("carol"), GPG_ERR_CONFLICT);
}
END_TEST


#define NEW_KEY "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD"
#define OWN_FILE "# Nights only.\nuser bob {\n  key = '%s'\n" \
  "  logins = {'b.miller'}\n}\n"

static gpg_err_code_t
rekey (const char *fpr)
{
  free (said);
  return gpg_err_code (roster_rekey (&roster, "bob", fpr, &said));
}


START_TEST (another_key)
{
  char text[256], found[256] = "";
  FILE *fp;

  snprintf (text, sizeof text, OWN_FILE, FPR_BOB);
  put ("users.d/bob.conf", text);
  ck_assert_ptr_nonnull (reload ("bob"));
  ck_assert_int_eq (rekey (NEW_KEY), 0);
  ck_assert_str_eq (config_user_by_name (config, "bob")->fpr, NEW_KEY);
  ck_assert_str_eq (reload ("bob")->fpr, NEW_KEY);
  ck_assert_str_eq (config_user_by_name (config, "bob")->logins.item[0],
                    "b.miller");
  snprintf (text, sizeof text, OWN_FILE, NEW_KEY);
  fp = fopen (in_dir ("users.d/bob.conf"), "r");
  ck_assert_uint_eq (fread (found, 1, sizeof found - 1, fp), strlen (text));
  ck_assert_str_eq (found, text);
  fclose (fp);
  ck_assert_int_eq (count_files ("users.d"), 1);
}
END_TEST


START_TEST (another_key_refused)
{
  char text[256];

  snprintf (text, sizeof text, OWN_FILE, FPR_BOB);
  put ("users.d/bob.conf", text);
  ck_assert_ptr_nonnull (reload ("bob"));
  ck_assert_int_eq (rekey (FPR_ALICE), GPG_ERR_INV_VALUE);
  ck_assert_ptr_nonnull (strstr (said, "that of 'alice' in "));
  ck_assert_str_eq (reload ("bob")->fpr, FPR_BOB);
  /* Which of the two should change?  */
  put ("users.d/bob.conf", "# " FPR_BOB "\nuser bob {\n  key = '" FPR_BOB
       "'\n}\n");
  ck_assert_ptr_nonnull (reload ("bob"));
  ck_assert_int_eq (rekey (NEW_KEY), GPG_ERR_CONFLICT);
  ck_assert_str_eq (reload ("bob")->fpr, FPR_BOB);
}
END_TEST


START_TEST (times)
{
  char buf[TEXT_TIMELEN];

  ck_assert_str_eq (text_date (0, buf), "never");
  ck_assert_str_eq (text_date (1800000000, buf), "2027-01-15");
  ck_assert_str_eq (text_date (UINT64_MAX / 2, buf), "?");
  ck_assert_str_eq (text_time (0, buf), "-");
  setenv ("TZ", "UTC", 1);
  ck_assert_str_eq (text_time (1800000000, buf), "2027-01-15 08:00");
}
END_TEST


START_TEST (tables)
{
  static const char *const cell[] =
    { "USER", "GROUPS", "X", "alice", "-", "1", "bo", "ops,dba", "22" };
  char *text;
  size_t len;
  FILE *fp = open_memstream (&text, &len);

  columns_print (fp, cell, 3, 3, 3);
  fclose (fp);
  ck_assert_str_eq (text, "USER   GROUPS   X\n"
                    "alice  -        1\n"
                    "bo     ops,dba  22\n");
  free (text);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("roster");
  TCase *tc = tcase_create ("roster");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, written_as_entered);
  tcase_add_test (tc, written_with_the_least);
  tcase_add_test (tc, entries_refused);
  tcase_add_test (tc, a_file_is_in_the_way);
  tcase_add_test (tc, whose_file);
  tcase_add_test (tc, another_key);
  tcase_add_test (tc, another_key_refused);
  tcase_add_test (tc, times);
  tcase_add_test (tc, tables);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
