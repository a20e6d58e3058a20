"""Hand-made OneRoster exports for the tests: small, synthetic, with the traps of real ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from extract_station import Station

Rows = Mapping[str, str]


def manifest(version: str, **modes: str) -> str:
    """A manifest that says how each file comes."""
    lines = [f"file.{name},{mode}" for name, mode in modes.items()]
    return "\n".join(["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}", *lines]) + "\n"


def table(*lines: str) -> str:
    """The lines of one file."""
    return "\n".join(lines) + "\n"


#: 1.1: two schools of two districts, one with quarters; roles, schools and kin stand in users.csv.
ORGS_11 = table(
    "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "region,,,Область,state,,",
    "d1,,,Северный район,district,,region",
    "d2,,,Южный район,local,,region",
    "sch1,,,Школа № 1,school,,d1",
    "dep,,,Кафедра,department,,d2",
    "sch2,,,Колледж связи,ext:college,,dep",
)
SESSIONS_11 = table(
    "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "y27,,,2026/2027,schoolYear,2026-09-01,2027-06-01,,2027",
    "s1,,,1 полугодие,semester,2026-09-01,2026-12-29,y27,2027",
    "s2,,,2 полугодие,semester,2027-01-11,2027-05-29,y27,2027",
    "q1,,,1 четверть,gradingPeriod,2026-09-01,2026-10-24,s1,2027",
    "q2,,,2 четверть,gradingPeriod,2026-11-02,2026-12-29,s1,2027",
    "q3,,,3 четверть,gradingPeriod,2027-01-11,2027-03-20,s2,2027",
    "q4,,,4 четверть,gradingPeriod,2027-03-29,2027-05-29,s2,2027",
)
COURSES_11 = table(
    "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
    'alg,,,y27,Алгебра,,"09",sch1,"Алгебра","1"',
    "cls,,,y27,Классное руководство,,,sch1,,",
)
CLASSES_11 = table(
    "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods",
    '9a,,,9А,09,cls,,homeroom,,sch1,"s1,s2",,,',
    '10b,,,"10 ""Б""",,cls,,homeroom,,sch1,y27,,,',
    'alg9,,,Алгебра 9А,09,alg,,scheduled,,sch1,"s1, s2",,,',
)
USERS_11 = table(
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password",
    'u1,,,true,sch1,student,u1,"{SNILS:112-233-445 95},{local:7}",Анна,Ельцова,Игоревна,,a@example.org,,,"m1,x9",09,'
    "s3cret",
    'u2,,,true,"sch1,sch2,d1",student,u2,,Борис,Жуков,,,,,,,,',
    "m1,,,true,sch1,parent,m1,,Вера,Ельцова,,,,,,,,",
    "g1,,,true,sch1,guardian,g1,,Глеб,Жуков,,,,,,u2,,",
    "k1,,,true,sch1,relative,k1,,Кира,Одинокова,,,,,,,,",
    "t1,,,true,sch1,teacher,t1,,Тамара,Учительская,,,,,,,,",
)
DEMOGRAPHICS_11 = table(
    "sourcedId,status,dateLastModified,birthDate,sex,cityOfBirth",
    "u1,,,2011-05-06,female,Пермь",
    "m1,,,,female,",
    "u2,,,,unspecified,",
    "t1,,,1970-01-01,female,",
)
ENROLLMENTS_11 = table(
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
    "e1,,,9a,sch1,u1,student,,,",
    "e2,,,alg9,sch1,u1,student,,2026-09-02,2026-12-01",
    "e3,,,alg9,sch1,u2,student,,,",
    "e4,,,alg9,sch1,t1,teacher,true,,",
    "e5,,,nowhere,sch1,u2,student,,,",
)
CATEGORIES_11 = table("sourcedId,status,dateLastModified,title,weight", "c1,,,Контрольная работа,3", "c2,,,Ответ,")
LINE_ITEMS_11 = table(
    "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId,"
    "gradingPeriodSourcedId,resultValueMin,resultValueMax",
    "li5,,,Работа,,2026-09-10,2026-09-10,alg9,c1,q1,1,5",
    'li100,,,Тест,"Дроби, степени",2026-09-11,2026-09-11,alg9,c2,q1,0,100.0',
)
RESULTS_11 = table(
    "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment",
    "r1,,,li5,u1,fully graded,4.0,2026-09-10,",
    'r2,,,li5,u2,fully graded,4.5,2026-09-10,"хорошо, но"',
    "r3,,,li100,u1,fully graded,87,2026-09-11,",
    "r4,,,li5,u2,exempt,,2026-09-10,",
    "r5,,,li5,u2,not submitted,,,",
    "r6,,,li5,u2,fully graded,5.5,2026-09-12,",
    "r7,,,li5,u2,fully graded,,2026-09-12,",
    "r8,,,li5,u2,fully graded,5,12-09-2026,",
    "r9,,,nowhere,u2,fully graded,5,2026-09-12,",
)
EXPORT_11 = {
    "orgs": ORGS_11,
    "academicSessions": SESSIONS_11,
    "courses": COURSES_11,
    "classes": CLASSES_11,
    "users": USERS_11,
    "demographics": DEMOGRAPHICS_11,
    "enrollments": ENROLLMENTS_11,
    "categories": CATEGORIES_11,
    "lineItems": LINE_ITEMS_11,
    "results": RESULTS_11,
}


def put_export(
    station: Station, tables: Mapping[str, str], day: date, mode: str | None = "bulk", version: str = "1.1"
) -> None:
    """Puts the files of an export into the delivery of a day, with a manifest unless `mode` is None."""
    for name, content in tables.items():
        station.put(f"{name}.csv", content, day)
    if mode:
        station.put("manifest.csv", manifest(version, **dict.fromkeys(tables, mode)), day)


#: 1.2: where people are and who they are stands in roles.csv; a school of quarters and half-years; text marks.
ORGS_12 = table(
    "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "city,active,2026-08-20T04:00:00.000Z,Город,district,,",
    "sch,active,2026-08-20T04:00:00.000Z,Гимназия,school,,city",
)
SESSIONS_12 = table(
    "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "y,active,2026-08-20T04:00:00Z,2026-2027,schoolYear,2026-09-01,2027-06-01,,2027",
    "q1,active,2026-08-20T04:00:00Z,I четверть,gradingPeriod,2026-09-01,2026-10-26,y,2027",
    "q2,active,2026-08-20T04:00:00Z,II четверть,gradingPeriod,2026-10-27,2026-12-28,y,2027",
    "h1,active,2026-08-20T04:00:00Z,I полугодие,gradingPeriod,2026-09-01,2026-12-28,y,2027",
    "h2,active,2026-08-20T04:00:00Z,II полугодие,gradingPeriod,2027-01-11,2027-05-31,y,2027",
)
COURSES_12 = table(
    "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
    "his,active,2026-08-20T04:00:00Z,y,История,,,sch,,",
)
CLASSES_12 = table(
    "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods",
    'c9,active,2026-08-20T04:00:00Z,9-В,"09",his,,homeroom,,sch,"q1,q2",,,',
    'c11,active,2026-08-20T04:00:00Z,11А,"11",his,,homeroom,,sch,y,,,',
    'h9,active,2026-08-20T04:00:00Z,История 9В,"09",his,,scheduled,,sch,"q1,q2",,,',
    'h11,active,2026-08-20T04:00:00Z,История 11А,"11",his,,scheduled,,sch,"h1,h2",,,',
)
USERS_12 = table(
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,"
    "sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,"
    "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
    "a,active,2026-09-01T04:00:00Z,true,a,{СНИЛС: 112-233-445 95},Ада,Лова,,,,,,p,,,person-a,,,,,sch,",
    "b,active,2026-09-01T04:00:00Z,true,b,,Боб,Крон,,,,,,,,,,,,,,sch,",
    "d,active,2026-09-01T04:00:00Z,true,d,,Дан,Титов,,,,,,,,,,,,,,sch,",
    "p,active,2026-09-01T04:00:00Z,true,p,,Пётр,Лова,,,,,,,,,,,,,,,",
    "w,active,2026-09-01T04:00:00Z,true,w,,Ян,Вей,,,,,,,,,,,,,,,",
)
ROLES_12 = table(
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
    "ra,active,2026-09-01T04:00:00Z,a,primary,student,2026-09-01,,sch,",
    "rb,active,2026-09-01T04:00:00Z,b,primary,student,,,sch,",
    "rd,active,2026-09-01T04:00:00Z,d,primary,student,2026-09-03,2027-06-01,sch,",
    "rp,active,2026-09-01T04:00:00Z,p,primary,parent,,,sch,",
    "rt,active,2026-09-01T04:00:00Z,t,primary,teacher,,,sch,",
)
DEMOGRAPHICS_12 = table(
    "sourcedId,status,dateLastModified,birthDate,sex,cityOfBirth",
    "a,active,2026-09-01T04:00:00Z,2011-01-31,female,Пермь",
)
ENROLLMENTS_12 = table(
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
    "ea,active,2026-09-01T04:00:00Z,c9,sch,a,student,,2026-09-01,",
    "eb,active,2026-09-01T04:00:00Z,c11,sch,b,student,,2026-09-01,",
    "ga,active,2026-09-01T04:00:00Z,h9,sch,a,student,,2026-09-01,",
    "gb,active,2026-09-01T04:00:00Z,h11,sch,b,student,,2026-09-01,",
    "gd,active,2026-09-01T04:00:00Z,h9,sch,d,student,,2026-09-03,",
)
CATEGORIES_12 = table(
    "sourcedId,status,dateLastModified,title,weight", "k,active,2026-09-01T04:00:00Z,Контрольная работа,0.4"
)
LINE_ITEMS_12 = table(
    "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId,"
    "academicSessionSourcedId,schoolSourcedId,resultValueMin,resultValueMax",
    "l1,active,2026-09-05T04:00:00Z,Тест,,2026-09-05,2026-09-07,h9,k,q1,sch,1,5",
    "l2,active,2026-09-05T04:00:00Z,Зачёт,,2026-09-05,2026-09-07,h9,k,q1,sch,,",
    "l3,active,2026-09-05T04:00:00Z,Проценты,,2026-09-05,2026-09-07,h11,k,h1,sch,0,100",
)
RESULTS_12 = table(
    "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,textScore,classSourcedId,"
    "scoreDate,comment,inProgress,incomplete,late,missing",
    "x1,active,2026-09-07T10:00:00Z,l1,a,fully graded,4,4-,h9,2026-09-07,,,,,",
    "x2,active,2026-09-07T10:00:00Z,l1,d,fully graded,5,,h9,2026-09-07,,,,,",
    "x3,active,2026-09-07T10:00:00Z,l2,a,fully graded,,Зачёт,h9,2026-09-08,,,,,",
    "x4,active,2026-09-07T10:00:00Z,l2,d,fully graded,,3+,h9,2026-09-08,,,,,",
    "x5,active,2026-09-07T10:00:00Z,l3,b,fully graded,4,,h11,2026-09-08,,,,,",
    "x6,active,2026-09-07T10:00:00Z,l1,b,partially graded,3,,h9,2026-09-08,,,,,",
)
EXPORT_12 = {
    "orgs": ORGS_12,
    "academicSessions": SESSIONS_12,
    "courses": COURSES_12,
    "classes": CLASSES_12,
    "users": USERS_12,
    "roles": ROLES_12,
    "demographics": DEMOGRAPHICS_12,
    "enrollments": ENROLLMENTS_12,
    "categories": CATEGORIES_12,
    "lineItems": LINE_ITEMS_12,
    "results": RESULTS_12,
}


def lines_of(content: str, *kept: str) -> str:
    """The header of a file and those of its rows whose first field is named."""
    header, *rows = content.splitlines()
    return table(header, *(row for row in rows if row.split(",", 1)[0] in kept))
