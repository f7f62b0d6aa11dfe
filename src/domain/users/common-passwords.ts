/**
 * Passwords of at least 8 characters that everybody knows to be common: keyboard walks, counting, the word itself,
 * names and teams with a digit. Written down from common knowledge, in lower case; capital letters do not make them better.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  00000000 000000000 0000000000 11111111 111111111 1111111111 22222222 33333333 44444444 55555555 66666666 77777777 88888888
  99999999 999999999 01234567 012345678 0123456789 12341234 123412345 12344321 123123123 1231231234 12345678 123456789
  1234567890 12345678900 12345678910 123456780 123456788 123456781 1234567a 12345678a 123456789a 1234567890a 123456789z
  12345679 123454321 123454321a 1234554321 12345654321 123456654321 12121212 1212121212 10101010 10203040 102030405060
  11112222 11223344 1122334455 112233445566 11235813 13131313 13141314 13243546 14141414 147147147 147258369 1472583690
  147852369 14789632 1478963250 159159159 15935728 159357456 159753456 159357258 19841984 19851985 19861986 19871987
  19881988 19891989 19901990 19911991 19921992 20002000 20102010 20202020 20242024 20252025 20262026 21212121 23232323
  25252525 252525252 258258258 31415926 314159265 31323334 321321321 36925814 369258147 369369369 456456456 456789123
  741852963 789456123 789789789 78945612 7894561230 852456789 87654321 987654321 9876543210 963852741 98765432 0987654321
  09876543 1a2b3c4d 1a2b3c4d5e 1q1q1q1q 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r! 1qaz1qaz 1qaz2wsx 1qaz2wsx3edc 1qazxsw2
  1qaz@wsx 1qaz!qaz !qaz2wsx !qaz@wsx 2wsx3edc 3edc4rfv zaq12wsx zaq1zaq1 zaq1xsw2 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazwsx123
  qazwsxedc qazwsxedcrfv qwaszx12 qwe123qwe qweasd123 qweasdzxc qweqweqwe qwer1234 qwer1234! qwer!234 qwert123 qwert12345
  qwerty00 qwerty01 qwerty11 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwerty123! qwerty21 qwerty22 qwerty77
  qwerty88 qwerty99 qwertyui qwertyuiop qwertyuiop123 qwertyu1 qwertzui qwertzuiop qwertyqwerty azertyui azertyuiop
  azerty123 asdasdasd asdf1234 asdfasdf asdfasdfasdf asdfghjk asdfghjkl asdfgh12 asdfg123 asdf123456 asdqwe123 zxcvbnm1
  zxcvbnm123 zxcvbnm, zxcvbnmasdfghjkl zxcvzxcv zxcv1234 zxcasdqwe zxczxczxc poiuytrewq poiuytre lkjhgfdsa mnbvcxz1 a1234567
  a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 a1s2d3f4 aa123456 aa12345678 aa123456789 aaaaaaaa aaaaaaaaa aaaaaaaaaa aabbccdd
  aaaabbbb ab123456 abc12345 abc123456 abc1234567 abc12345678 abc123abc abc123def abcabcabc abcd1234 abcd12345 abcd123456
  abcdabcd abcde123 abcde12345 abcdef12 abcdef123 abcdefgh abcdefgh1 abcdefghi abcdefghij abcdefg1 abcdefg123 bbbbbbbb
  xxxxxxxx zzzzzzzz zzzzzzzz1 asd123456 qwe123456 qwe12345 zxc123456 xyz12345 password passwords password0 password00
  password01 password1 password1! password10 password11 password12 password12! password123 password123! password1234
  password12345 password123456 password13 password2 password21 password22 password23 password3 password4 password5 password69
  password7 password77 password8 password88 password9 password99 password! password. password@ password@1 password@123
  password#1 password_1 password_123 passwort passwort1 passwort123 passw0rd passw0rd1 passw0rd123 passw0rd! p@ssword
  p@ssword1 p@ssword123 p@ssw0rd p@ssw0rd1 p@ssw0rd! p@ssw0rd12 p@ssw0rd123 p@ssw0rd1234 pa55word pa55w0rd pa$$word
  pa$$w0rd pa$$word1 pass1234 pass12345 pass123456 pass@123 pass@1234 pass@word1 passpass passpass1 mypassword mypassword1
  mypass123 yourpassword thepassword newpassword newpassword1 newpass123 oldpassword nopassword passphrase passcode1 password2020
  password2021 password2022 password2023 password2024 password2025 password2026 contrasena contraseña contrasena1 motdepasse
  motdepasse1 wachtwoord wachtwoord1 senha123 senha1234 parola123 haslo123 salasana salasana1 lozinka1 adgangskode
  admin123 admin1234 admin12345 admin123456 admin123! admin@123 admin@1234 adminadmin adminpass administrator administrator1
  root1234 rootroot rootpass toor1234 test1234 test12345 test123456 test@123 testtest testtest1 testing1 testing123 tester123
  testpass testuser testuser1 guest123 guest1234 guestguest user1234 user12345 useruser username username1 demo1234 demodemo
  changeme changeme1 changeme123 changeme! changeit default1 default123 letmein1 letmein12 letmein123 letmein! letmeinnow
  temp1234 temporary temporary1 secret12 secret123 secret1234 topsecret topsecret1 security security1 private1 access14
  access123 login123 login1234 loginlogin welcome1 welcome12 welcome123 welcome1234 welcome! welcome1! welcome@1 welcome@123
  welcome01 welcome2 welcome2024 welcome2025 hello123 hello1234 hello12345 hellohello helloworld hello123! goodbye1 iloveyou
  iloveyou1 iloveyou12 iloveyou123 iloveyou2 iloveyou! iloveyou3 ilovehim iloveher ilovegod ilovemom iloveme1 iloveme2
  iloveu123 loveyou1 loveyou2 loveyou123 lovelove lovelove1 lovelove2 loveme123 love1234 love12345 lover123 lovely12 lovers12
  sunshine sunshine1 sunshine12 sunshine123 sunshine2 princess princess1 princess12 princess123 princesa princesa1 football
  football1 football12 football123 baseball baseball1 baseball12 baseball123 basketball basketball1 softball softball1
  volleyball hockey12 soccer12 soccer123 superman superman1 superman12 superman123 batman12 batman123 batman1234 spiderman
  spiderman1 ironman1 ironman123 starwars starwars1 starwars123 pokemon1 pokemon12 pokemon123 pikachu1 minecraft minecraft1
  minecraft123 fortnite fortnite1 roblox123 roblox1234 nintendo playstation xbox3600 computer computer1 computer123 internet
  internet1 internet123 samsung1 samsung12 samsung123 iphone123 android1 windows1 windows10 microsoft google123 facebook facebook1
  facebook123 linkedin linkedin1 linkedin123 youtube1 youtube123 twitter1 instagram whatsapp myspace1 monkey12 monkey123
  monkey1234 dragon12 dragon123 dragon1234 dragonball dragonball1 shadow12 shadow123 master12 master123 master1234 masterkey
  michael1 michael12 michael123 michelle michelle1 jennifer jennifer1 jessica1 jessica12 jessica123 jonathan jonathan1 charlie1
  charlie12 charlie123 ashley12 ashley123 thomas123 andrew123 daniel12 daniel123 jordan23 jordan123 matthew1 anthony1 alexander
  alexander1 alexandra alexande elizabeth elizabeth1 christian christian1 christopher christina christine samantha samantha1
  stephanie victoria victoria1 veronica nicholas nicholas1 benjamin benjamin1 brittany brandon1 joshua123 william1 robert123
  patrick1 patricia danielle isabella gabriel1 gabriela caroline catherine katherine margaret valentina valentine fernando
  ricardo1 carolina francisco alejandro alejandra sebastian sebastian1 cristina maradona ronaldo1 ronaldo7 cristiano messi123
  liverpool liverpool1 liverpool123 arsenal1 arsenal123 chelsea1 chelsea12 chelsea123 manchester manutd123 barcelona barcelona1
  realmadrid juventus juventus1 yankees1 yankees2 lakers24 cowboys1 steelers steelers1 packers1 redskins eagles12 patriots
  mercedes mercedes1 porsche1 ferrari1 ferrari123 corvette mustang1 mustang12 camaro12 chevrolet harley12 yamaha123 trustno1
  trustno1! whatever whatever1 whatever12 blessed1 blessing jesus123 jesuschrist jesusislord godisgood godisgreat christ12
  heaven12 angel123 angel1234 angels12 babygirl babygirl1 babygirl12 butterfly butterfly1 chocolate chocolate1 cookie12 cookie123
  cupcake1 cheese123 banana12 banana123 orange12 orange123 cherry12 peaches1 pumpkin1 strawberry blueberry flower12 flower123
  flowers1 sunflower rainbow1 rainbow12 diamond1 diamond12 crystal1 purple12 purple123 midnight midnight1 moonlight starlight
  stardust summer12 summer123 summer2023 summer2024 summer2025 winter12 winter123 winter2023 winter2024 winter2025 spring2024
  spring2025 autumn2024 autumn2025 freedom1 freedom12 freedom123 forever1 forever21 friends1 friends12 friendship happy123
  happy1234 happiness family123 familia1 mother12 mommy123 daddy123 brother1 sister12 teacher1 student1 student123 scooter1
  snoopy12 garfield garfield1 scooby12 tigger12 tigger123 tweety12 hellokitty kitty123 mickey12 mickeymouse doraemon naruto12
  naruto123 sasuke12 onepiece onepiece1 goku1234 vegeta12 killer12 killer123 hunter12 hunter123 ranger12 soldier1 warrior1
  warriors phoenix1 matrix12 metallica metallica1 slipknot slipknot1 greenday blink182 eminem12 beatles1 nirvana1 rockstar
  rockstar1 rocknroll guitar12 music123 musica12 dancer12 thunder1 lightning hurricane tornado1 blizzard hotdog12 hotrod12
  bigdaddy bigdog12 badboy12 badgirl1 sexygirl sexyboy1 pussycat fuckyou1 fuckyou12 fuckyou123 fuckyou2 fuckfuck asshole1 bullshit
  bitch123 biteme12 buster12 buster123 maggie12 ginger12 ginger123 pepper12 pepper123 bailey12 cooper12 sophie12 sammy123 buddy123
  lucky123 lucky777 lucky1234 precious precious1 tinkerbell marlboro marlboro1 budweiser jackdaniels heineken bacardi1 america1
  american1 canada12 england1 london12 london123 paris123 france98 germany1 brasil12 mexico12 australia california california1
  newyork1 newyork12 texas123 florida1 chicago1 chicago12 hawaii50 dolphin1 dolphins elephant panther1 panthers tiger123 tigers12
  lion1234 eagle123 falcon12 wolf1234 bulldog1 bulldogs cowboy12 wildcats warcraft starcraft starcraft1 leagueoflegends counterstrike
  creative creative1 business success1 success123 money123 money1234 moneymoney million1 victory1 champion champion1 number1! 
  chatgpt1 openai123 tomato12 tomato123 tomato1234 
  dkssudgktpdy dkssud12 dkssud123 rlaalswl wjdgus12 gksmf123 tkfkdgo1 tkfkdgo123 tkfkdgody qlalfqjsgh qlalf123 qlqjs123
  korea123 korea1234 korea2002 seoul123 corea123 wlsdud12 alswl123 gudwns12 asdf!@#$ qwer!@#$ !@#$%^&* !@#$%^&*( !@#$%^&*()
  !@#$1234 1234!@#$ 123!@#qwe 123qwe!@# qwe!@#123 1234qwer 1234qwer! 1234qwerasdf 12qwaszx 12qw!@qw 123qweasd 123qweasdzxc
  123abc456 123abc123 12345abc 123456abc 123456ab 123456aa 123456qw 123456qwe 12345qwe 12345qwert 123456qwerty 12345asd
  123456asd 123asd123 123qwe123 123qwe456 123love1 123password 1password 1password1 1234pass 1234abcd 12345abcde
  `
    .split(/\s+/)
    .filter((password) => password !== ''),
);
