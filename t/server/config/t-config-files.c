/* t-conf-files.c - Tests of common/config: files, modes, door keys.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "config-dir.h"

#include "../../../common/conf/conf-files.h"
#include "../../../server/config/config-parts.h"
#include "../../../common/base/secret.h"

START_TEST (nul_bytes)
{
  static const char bad[] = POSTERND "port = 1\0 2\n";

  put_bytes ("posternd.conf", bad, sizeof bad - 1);
  refused ("posternd.conf", 4, "a control character (0x00)");
}
END_TEST

START_TEST (length_limit)
{
  char *text = malloc (CONF_MAX_FILE + 2);

  ck_assert_ptr_nonnull (text);
  memset (text, '\n', CONF_MAX_FILE + 2);
  memcpy (text, POSTERND, sizeof POSTERND - 1);
  put_bytes ("posternd.conf", text, CONF_MAX_FILE + 1);
  refused ("posternd.conf", 0, "longer than 1048576 bytes");
  put_bytes ("posternd.conf", text, CONF_MAX_FILE);
  accepted ();
  free (text);
}
END_TEST

/* Refused for its mode with TEXT in the message; then set right again.  */
static void
mode_refused (const char *name, mode_t bad, const char *text, mode_t good)
{
  ck_assert_int_eq (chmod (in_dir (name), bad), 0);
  ck_assert_int_eq (load (), GPG_ERR_EPERM);
  ck_assert_ptr_nonnull (strstr (message, text));
  ck_assert_ptr_nonnull (strstr (message, in_dir (name)));
  ck_assert_int_eq (chmod (in_dir (name), good), 0);
  accepted ();
}

START_TEST (modes)
{
  put ("posternd.conf", POSTERND "door main { }\n");
  put ("doors/main.key", DOOR_KEY);
  put ("users.d/b.conf", "user bob { key = '" FPR_BOB "' }\n");
  mode_refused ("posternd.conf", 0664, "chmod go-w", 0644);
  mode_refused ("posternd.conf", 0602, "chmod go-w", 0600);
  mode_refused ("access.conf", 0620, "chmod go-w", 0644);
  mode_refused ("users.d/b.conf", 0666, "chmod go-w", 0644);
  mode_refused ("users.d", 0775, "chmod go-w", 0755);
  mode_refused ("doors", 0722, "chmod go-w", 0711);
  mode_refused ("doors/main.key", 0640, "chmod 600", 0600);
  mode_refused ("doors/main.key", 0604, "chmod 600", 0400);
  ck_assert_int_eq (chmod (config_dir, 0777), 0);
  ck_assert_int_eq (load (), GPG_ERR_EPERM);
  ck_assert_int_eq (chmod (config_dir, 0755), 0);
  accepted ();
}
END_TEST

START_TEST (owners)
{
  if (geteuid ())
    return;                     /* Only root can give files away.  */
  ck_assert_int_eq (chown (in_dir ("access.conf"), 1, 0), 0);
  ck_assert_int_eq (load (), GPG_ERR_EPERM);
  ck_assert_ptr_nonnull (strstr (message, "belongs to user 1; run 'chown"));
  ck_assert_int_eq (chown (in_dir ("access.conf"), 0, 1), 0);
  accepted ();
}
END_TEST

START_TEST (symlinks_go_by_their_target)
{
  put ("target", ACCESS);
  unlink (in_dir ("access.conf"));
  ck_assert_int_eq (symlink ("target", in_dir ("access.conf")), 0);
  accepted ();
  chmod (in_dir ("target"), 0666);
  ck_assert_int_eq (load (), GPG_ERR_EPERM);
  unlink (in_dir ("access.conf"));
  ck_assert_int_eq (symlink ("/dev/null", in_dir ("access.conf")), 0);
  ck_assert_int_eq (load (), GPG_ERR_EPERM);
  ck_assert_ptr_nonnull (strstr (message, "not a regular file"));
}
END_TEST

START_TEST (no_fifo_holds_us)
{
  unlink (in_dir ("access.conf"));
  ck_assert_int_eq (mkfifo (in_dir ("access.conf"), 0600), 0);
  ck_assert_int_eq (load (), GPG_ERR_EPERM);
}
END_TEST

START_TEST (missing_files)
{
  unlink (in_dir ("access.conf"));
  ck_assert_int_eq (load (), GPG_ERR_ENOENT);
  ck_assert_ptr_nonnull (strstr (message, in_dir ("access.conf")));
  put ("access.conf", ACCESS);
  ck_assert_int_eq (rmdir (in_dir ("users.d")), 0);
  accepted ();
  unlink (in_dir ("posternd.conf"));
  ck_assert_int_eq (load (), GPG_ERR_ENOENT);
  ck_assert_int_eq (gpg_err_code (config_load ("/nonexistent", &config,
                                               NULL)), GPG_ERR_ENOENT);
}
END_TEST

START_TEST (door_keys)
{
  static const char *const bad[] =
    { "", "AAAA\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", DOOR_KEY "\n",
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
      "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" };
  unsigned char key[32], want[32];
  char *why = NULL;
  size_t i;

  put ("posternd.conf", POSTERND "door main { }\n");
  ck_assert_int_eq (load (), GPG_ERR_ENOENT);
  for (i = 0; i < COUNT (bad); i++)
    {
      put ("doors/main.key", bad[i]);
      refused ("doors/main.key", 0, "not a door key");
    }
  put ("doors/main.key", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\n");
  accepted ();
  ck_assert_int_eq (config_door_key (config, 0, key, &why), 0);
  ck_assert_ptr_null (why);
  for (i = 0; i < 32; i++)
    want[i] = (unsigned char) (i + 1);
  ck_assert_mem_eq (key, want, 32);
  ck_assert_int_eq (gpg_err_code (config_door_key (config, 1, key, &why)),
                    GPG_ERR_INV_ARG);
  chmod (in_dir ("doors/main.key"), 0644);
  ck_assert_int_eq (gpg_err_code (config_door_key (config, 0, key, &why)),
                    GPG_ERR_EPERM);
  ck_assert_ptr_nonnull (why);
  for (i = 0; i < 32; i++)
    ck_assert_uint_eq (key[i], 0);
  free (why);
}
END_TEST

START_TEST (doors_of_their_own)
{
  put ("posternd.conf", POSTERND "door main { }\n");
  put ("doors/main.key", DOOR_KEY);
  put ("doors/b.key", DOOR_KEY);
  put ("doors/a.b.key", DOOR_KEY);
  put ("doors/b.conf", "door b { ends = 1801353600 }\n");
  put ("doors/a.b.conf", "# A comment.\ndoor a.b { }\n");
  put ("doors/.hidden.conf", "junk");
  put ("users.d/bob.conf", "user bob { key = '" FPR_BOB "' door = 'b' }\n");
  accepted ();
  ck_assert_uint_eq (config->n_doors, 3);
  ck_assert_str_eq (config->door[0].name, "main");
  ck_assert (!config->door[0].own_file);
  ck_assert_str_eq (config->door[1].name, "a.b");
  ck_assert (config->door[1].own_file);
  ck_assert_uint_eq (config->door[2].ends, 1801353600);
  ck_assert_uint_eq (config_door_by_name (config, "b"), 2);
  ck_assert_uint_eq (config_door_by_name (config, "c"), CONFIG_MAX_DOORS);
  unlink (in_dir ("doors/b.key"));
  ck_assert_int_eq (load (), GPG_ERR_ENOENT);
}
END_TEST

/* What a file of doors may not hold.  */
START_TEST (bad_door_files)
{
  put ("posternd.conf", POSTERND "door main { }\n");
  put ("doors/main.key", DOOR_KEY);
  put ("doors/b.key", DOOR_KEY);
  put ("doors/c.key", DOOR_KEY);
  put ("doors/b.conf", "door c { }\n");
  refused ("doors/b.conf", 0, "the section 'door b' and no other");
  put ("doors/b.conf", "door b { }\ndoor c { }\n");
  refused ("doors/b.conf", 0, "the section 'door b' and no other");
  put ("doors/b.conf", "");
  refused ("doors/b.conf", 0, "the section 'door b' and no other");
  put ("doors/b.conf", "port = 1\n");
  refused ("doors/b.conf", 1, "posternd.conf");
  put ("doors/b.conf", "door b { }\n");
  accepted ();
  put ("doors/main.conf", "door main { }\n");
  refused ("doors/main.conf", 1, "repeated");
  unlink (in_dir ("doors/main.conf"));
  mode_refused ("doors/b.conf", 0664, "chmod go-w", 0644);
}
END_TEST

START_TEST (at_most_eight)
{
  char name[32], text[32];
  int i;

  put ("posternd.conf", POSTERND "door main { }\n");
  put ("doors/main.key", DOOR_KEY);
  for (i = 0; i < 8; i++)
    {
      if (i == 7)
        accepted ();
      snprintf (name, sizeof name, "doors/d%d.key", i);
      put (name, DOOR_KEY);
      snprintf (name, sizeof name, "doors/d%d.conf", i);
      snprintf (text, sizeof text, "door d%d { }\n", i);
      put (name, text);
    }
  refused ("doors/d7.conf", 1, "more than 8 doors");
}
END_TEST

#define OTHER_KEY "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\n"

START_TEST (previous_keys)
{
  static const char *const bad[] =
    { "", OTHER_KEY, "0 " OTHER_KEY, "01 " OTHER_KEY, "1  " OTHER_KEY,
      " 1 " OTHER_KEY, "1 " OTHER_KEY "\n", "253402300800 " OTHER_KEY,
      "1800000000 " OTHER_KEY OTHER_KEY, "1 AAAA\n",
      "18446744073709551616 " OTHER_KEY };
  unsigned char key[32];
  char *why = NULL;
  uint64_t ends;
  size_t i;

  put ("posternd.conf", POSTERND "door main { }\n");
  put ("doors/main.key", DOOR_KEY);
  accepted ();
  ck_assert_uint_eq (config->door[0].previous_ends, 0);
  ck_assert_int_eq (gpg_err_code (config_door_previous (config, 0, key,
                                                        &ends, &why)),
                    GPG_ERR_NOT_FOUND);
  ck_assert_ptr_null (why);
  for (i = 0; i < COUNT (bad); i++)
    {
      put ("doors/main.previous", bad[i]);
      refused ("doors/main.previous", 0, "not a door key");
    }
  put ("doors/main.previous", "253402300799 " OTHER_KEY);
  accepted ();
  ck_assert_uint_eq (config->door[0].previous_ends, 253402300799u);
  ck_assert_int_eq (config_door_previous (config, 0, key, &ends, &why), 0);
  ck_assert_uint_eq (ends, 253402300799u);
  ck_assert_uint_eq (key[0], 1);
  ck_assert_uint_eq (key[31], 32);
  mode_refused ("doors/main.previous", 0640, "chmod 600", 0600);
}
END_TEST

START_TEST (other_names_in_users_d)
{
  put ("users.d/bob.conf", "user bob { key = '" FPR_BOB "' }\n");
  put ("users.d/bob.conf~", "rubbish");
  put ("users.d/.hidden.conf", "rubbish");
  put ("users.d/.conf", "rubbish");
  accepted ();
  ck_assert_uint_eq (config->n_users, 2);
}
END_TEST

START_TEST (hash_knows_every_change)
{
  unsigned char first[CONFIG_HASHLEN];

  put ("users.d/b.conf", "user bob { key = '" FPR_BOB "' }\n");
  accepted ();
  memcpy (first, config->hash, sizeof first);
  accepted ();
  ck_assert_mem_eq (config->hash, first, sizeof first);
  put ("users.d/b.conf", "user bob { key = '" FPR_BOB "' }\n\n");
  accepted ();
  ck_assert_mem_ne (config->hash, first, sizeof first);
  put ("users.d/b.conf", "user bob { key = '" FPR_BOB "' }\n");
  accepted ();
  ck_assert_mem_eq (config->hash, first, sizeof first);
  put ("users.d/c.conf", "user bob { key = '" FPR_BOB "' }\n");
  unlink (in_dir ("users.d/b.conf"));
  accepted ();
  ck_assert_mem_ne (config->hash, first, sizeof first);
}
END_TEST

START_TEST (thousand_users)
{
  char name[32], text[160];
  int i;

  for (i = 0; i < 1000; i++)
    {
      snprintf (name, sizeof name, "users.d/u%d.conf", i);
      snprintf (text, sizeof text, "user u%d {\n  key = '%040X'\n"
                "  groups = {'ops'}\n}\n", i, i);
      put (name, text);
    }
  accepted ();
  ck_assert_uint_eq (config->n_users, 1001);
  ck_assert_ptr_nonnull (config_user_by_name (config, "u999"));
}
END_TEST

#define CROWD 4000

/* The fingerprint of number I of the crowd: in no order, and none like
   another.  */
static const char *
crowd_fpr (unsigned int i)
{
  static char fpr[NETSPEC_FPRLEN + 1];

  snprintf (fpr, sizeof fpr, "%08X%032X", i * 2654435761u, i);
  return fpr;
}

/* Each of the users is found, and nobody by a fingerprint or a name beside
   theirs.  */
static void
check_order (size_t n)
{
  char fpr[NETSPEC_FPRLEN + 1], name[NETSPEC_NAMELEN + 1];
  size_t i, at;

  ck_assert_uint_eq (config->n_users, n);
  ck_assert_uint_eq (config->n_ordered, n);
  for (i = 0; i < n; i++)
    {
      memcpy (fpr, config->user[i].fpr, sizeof fpr);
      ck_assert_ptr_eq (config_user_by_fpr (config, fpr), config->user + i);
      snprintf (name, sizeof name, "%s", config->user[i].name);
      ck_assert_ptr_eq (config_user_by_name (config, name), config->user + i);
      name[strlen (name) - 1] = '~';
      ck_assert_ptr_null (config_user_by_name (config, name));
      for (at = 0; at < NETSPEC_FPRLEAST; at += 13)
        {
          fpr[at] ^= 1;         /* Still a digit.  */
          ck_assert_ptr_null (config_user_by_fpr (config, fpr));
          fpr[at] ^= 1;
        }
    }
}

static void
add_one (const char *name, const char *fpr)
{
  char text[160];
  int len = snprintf (text, sizeof text, "user %s { key = '%s' }\n", name,
                      fpr);

  ck_assert_uint_eq (config_add_user (config, name, text, (size_t)len,
                                      &message), 0);
}

START_TEST (users_by_fingerprint)
{
  static const char zeros[] = "0000000000000000000000000000000000000000";
  static const char effs[] = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";
  static char text[CROWD * 80];
  const char *twice = "user again { key = '" FPR_BOB "' }\n";
  const char *both = "user fresh { key = '" FPR_ALICE "' }\n"
    "user bob { key = '2222222222222222222222222222222222222222' }\n";
  size_t len = 0;
  unsigned int i;

  for (i = 1; i <= CROWD; i++)
    len += (size_t)snprintf (text + len, sizeof text - len,
                             "user u%u { key = '%s' }\n", i, crowd_fpr (i));
  snprintf (text + len, sizeof text - len,
            "rule ssh { groups = {'ops'} ports = {'tcp/22'} }\n");
  put ("access.conf", text);
  accepted ();
  check_order (CROWD);
  ck_assert_ptr_null (config_user_by_fpr (config, zeros));
  ck_assert_ptr_null (config_user_by_fpr (config, effs));
  ck_assert_ptr_null (config_user_by_fpr (config, ""));
  add_one ("least", zeros);
  add_one ("most", effs);
  add_one ("bob", FPR_BOB);
  check_order (CROWD + 3);
  ck_assert_uint_ne (config_add_user (config, "again", twice, strlen (twice),
                                      &message), 0);
  check_order (CROWD + 3);
  /* The first of two could come in, and must not stay.  */
  ck_assert_uint_ne (config_add_user (config, "fresh", both, strlen (both),
                                      &message), 0);
  check_order (CROWD + 3);
  ck_assert_ptr_null (config_user_by_name (config, "fresh"));
  ck_assert_ptr_null (config_user_by_fpr (config, FPR_ALICE));
  ck_assert_str_eq (config_user_by_fpr (config, FPR_BOB)->name, "bob");
  config_drop_user (config, "least");
  config_drop_user (config, "u1");
  config_drop_user (config, "u2000");
  config_drop_user (config, "most");
  config_drop_user (config, "nobody");
  check_order (CROWD - 1);
  ck_assert_ptr_null (config_user_by_fpr (config, crowd_fpr (2000)));
  ck_assert_ptr_null (config_user_by_fpr (config, effs));
  while (config->n_users)
    config_drop_user (config, config->user[config->n_users / 2].name);
  check_order (0);
  ck_assert_ptr_null (config_user_by_fpr (config, FPR_BOB));
  add_one ("bob", FPR_BOB);
  check_order (1);
}
END_TEST

static void
add_tests (TCase *tc)
{
  tcase_add_test (tc, nul_bytes);
  tcase_add_test (tc, length_limit);
  tcase_add_test (tc, modes);
  tcase_add_test (tc, owners);
  tcase_add_test (tc, symlinks_go_by_their_target);
  tcase_add_test (tc, no_fifo_holds_us);
  tcase_add_test (tc, missing_files);
  tcase_add_test (tc, door_keys);
  tcase_add_test (tc, doors_of_their_own);
  tcase_add_test (tc, bad_door_files);
  tcase_add_test (tc, at_most_eight);
  tcase_add_test (tc, previous_keys);
  tcase_add_test (tc, other_names_in_users_d);
  tcase_add_test (tc, hash_knows_every_change);
  tcase_add_test (tc, thousand_users);
  tcase_add_test (tc, users_by_fingerprint);
}

int
main (void)
{
  Suite *suite = suite_create ("conf-files");
  TCase *tc = tcase_create ("conf-files");
  SRunner *sr = srunner_create (suite);
  int failed;

  if (secret_init (16384))
    return EXIT_FAILURE;
  umask (022);
  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup_dir, teardown_dir);
  tcase_set_timeout (tc, 60);
  add_tests (tc);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
